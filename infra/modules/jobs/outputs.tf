output "names" { value = { for step, job in aws_glue_job.step : step => job.name } }
