# The database, and the tables over landed files, so that Athena can query what landed before any job has
# run. Every other table is Iceberg, and the package makes and evolves it: Terraform cannot.

locals {
  external = { for name, table in var.tables : name => table if table.kind == "external" }

  # Terraform may only grant on and tag what exists.
  there = { for name, table in var.tables : name => table if table.kind == "external" || contains(var.existing_tables, name) }

  locations = {
    for name, table in local.external : name =>
    replace(table.location, "$${${table.zone}_bucket}", var.buckets[table.zone])
  }
}

resource "aws_glue_catalog_database" "this" {
  name        = var.database
  description = "STEDI's lake; tables are declared in the package."

  # Otherwise everybody whom IAM lets into the catalog could read every new table.
  depends_on = [aws_lakeformation_data_lake_settings.this]
}

resource "aws_glue_catalog_table" "landed" {
  for_each = local.external

  name          = each.key
  database_name = aws_glue_catalog_database.this.name
  description   = each.value.meaning
  table_type    = "EXTERNAL_TABLE"
  parameters    = { classification = "json", EXTERNAL = "TRUE" }

  storage_descriptor {
    location      = "${local.locations[each.key]}/"
    input_format  = each.value.input_format
    output_format = each.value.output_format

    ser_de_info {
      serialization_library = each.value.serde
      parameters            = each.value.serde_properties
    }

    dynamic "columns" {
      for_each = each.value.columns
      content {
        name    = columns.value.name
        type    = columns.value.type
        comment = columns.value.comment
      }
    }
  }
}
