# Who may see which columns, by lists of what is allowed.

resource "aws_lakeformation_data_lake_settings" "this" {
  admins = var.admins
  # No default permissions: a new table is nobody's but its maker's.
}

resource "aws_iam_role" "lake_formation" {
  name        = "${var.name}-lake-formation"
  description = "Opens the zones for readers whose columns Lake Formation has allowed."
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "lakeformation.amazonaws.com" }
      Action    = ["sts:AssumeRole", "sts:SetContext"]
    }]
  })
}

resource "aws_iam_role_policy" "lake_formation" {
  name = "zones"
  role = aws_iam_role.lake_formation.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Sid = "List", Effect = "Allow", Action = "s3:ListBucket", Resource = [for name in values(var.buckets) : "arn:${var.partition}:s3:::${name}"] },
      { Sid = "Read", Effect = "Allow", Action = "s3:GetObject", Resource = [for name in values(var.buckets) : "arn:${var.partition}:s3:::${name}/*"] },
      { Sid = "Encryption", Effect = "Allow", Action = "kms:Decrypt", Resource = var.key_arn },
    ]
  })
}

resource "aws_lakeformation_resource" "zone" {
  for_each = var.buckets

  arn      = "arn:${var.partition}:s3:::${each.value}"
  role_arn = aws_iam_role.lake_formation.arn

  depends_on = [aws_lakeformation_data_lake_settings.this, aws_iam_role_policy.lake_formation]
}

# Jobs make and change tables; what each may touch is limited by its role, in files and in the catalog.
resource "aws_lakeformation_permissions" "job_database" {
  for_each = var.jobs

  principal   = var.job_roles[each.key]
  permissions = length(each.value.writes_tables) > 0 ? ["CREATE_TABLE", "DESCRIBE"] : ["DESCRIBE"]
  database {
    name = aws_glue_catalog_database.this.name
  }
}

resource "aws_lakeformation_permissions" "job_tables" {
  for_each = var.jobs

  principal   = var.job_roles[each.key]
  permissions = length(each.value.writes_tables) > 0 ? ["ALTER", "DELETE", "DESCRIBE", "INSERT", "SELECT"] : ["DESCRIBE", "SELECT"]
  table {
    database_name = aws_glue_catalog_database.this.name
    wildcard      = true
  }
}

locals {
  writing = {
    for pair in flatten([
      for name, job in var.jobs : [
        for zone in distinct([for place in job.writes : place.bucket if startswith(place.prefix, "tables/")]) : { job = name, zone = zone }
      ]
    ]) : "${pair.job}-${pair.zone}" => pair
  }

  reading = {
    for pair in flatten([
      for name, reader in var.readers : [
        for table, columns in reader.tables : { reader = name, table = table, columns = columns } if contains(keys(local.there), table)
      ]
    ]) : "${pair.reader}-${pair.table}" => pair
  }

  tagged = {
    for pair in flatten([
      for name, table in local.there : [
        for class in var.classes : {
          table   = name
          class   = class
          columns = [for column in table.columns : column.name if column.tags["personal-data"] == class]
        }
      ]
    ]) : "${pair.table}-${pair.class}" => pair if length(pair.columns) > 0
  }
}

resource "aws_lakeformation_permissions" "job_location" {
  for_each = local.writing

  principal   = var.job_roles[each.value.job]
  permissions = ["DATA_LOCATION_ACCESS"]
  data_location {
    arn = aws_lakeformation_resource.zone[each.value.zone].arn
  }
}

# The columns are listed one by one in the package, so that a new one is hidden until somebody lists it.
resource "aws_lakeformation_permissions" "reader" {
  for_each = local.reading

  principal   = var.reader_roles[each.value.reader]
  permissions = ["SELECT"]
  table_with_columns {
    database_name = aws_glue_catalog_database.this.name
    name          = each.value.table
    column_names  = each.value.columns
  }

  depends_on = [aws_glue_catalog_table.landed]
}

resource "aws_lakeformation_lf_tag" "personal" {
  key    = "personal-data"
  values = sort(var.classes)

  depends_on = [aws_lakeformation_data_lake_settings.this]
}

# What nobody classed yet counts as the most personal.
resource "aws_lakeformation_resource_lf_tags" "database" {
  database {
    name = aws_glue_catalog_database.this.name
  }
  lf_tag {
    key   = aws_lakeformation_lf_tag.personal.key
    value = "direct_identifier"
  }
}

resource "aws_lakeformation_resource_lf_tags" "columns" {
  for_each = local.tagged

  table_with_columns {
    database_name = aws_glue_catalog_database.this.name
    name          = each.value.table
    column_names  = each.value.columns
  }
  lf_tag {
    key   = aws_lakeformation_lf_tag.personal.key
    value = each.value.class
  }

  depends_on = [aws_glue_catalog_table.landed, aws_lakeformation_resource_lf_tags.database]
}
