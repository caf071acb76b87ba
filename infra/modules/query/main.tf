# Athena: a workgroup for each role, so that nobody finds the results of another; the named queries.

locals {
  queries = {
    for path in fileset(var.queries, "*.sql") : trimsuffix(path, ".sql") => file("${var.queries}/${path}")
  }
}

resource "aws_athena_workgroup" "reader" {
  for_each = toset(var.readers)

  name          = "${var.name}-${each.key}"
  description   = "Queries of the role ${each.key}."
  force_destroy = true

  configuration {
    enforce_workgroup_configuration    = true
    publish_cloudwatch_metrics_enabled = true
    bytes_scanned_cutoff_per_query     = var.scan_limit * 1024 * 1024 * 1024

    engine_version {
      selected_engine_version = "Athena engine version 3"
    }

    result_configuration {
      output_location       = "s3://${var.artefacts}/athena/${each.key}/"
      expected_bucket_owner = var.account
      encryption_configuration {
        encryption_option = "SSE_KMS"
        kms_key_arn       = var.key_arn
      }
    }
  }
}

resource "aws_athena_named_query" "this" {
  for_each = local.queries

  name        = each.key
  description = trimspace(trimprefix(split("\n", each.value)[0], "--"))
  database    = var.database
  workgroup   = aws_athena_workgroup.reader[var.named_group].name
  query       = each.value

  lifecycle {
    precondition {
      condition     = can(regex("^-- .+", each.value))
      error_message = "${each.key}.sql does not begin with a comment that tells what it answers."
    }
  }
}
