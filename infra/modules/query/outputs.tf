output "workgroups" { value = { for reader, group in aws_athena_workgroup.reader : reader => group.name } }
output "named_queries" { value = { for name, query in aws_athena_named_query.this : name => query.id } }
