output "database" { value = aws_glue_catalog_database.this.name }
output "landed_tables" { value = sort(keys(aws_glue_catalog_table.landed)) }
