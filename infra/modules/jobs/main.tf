# One wheel, one script of a few lines, one job a step.

locals {
  catalog = "glue_catalog"

  # What the package's `glue_job` is given, here and nowhere else. The rest of what a job has to know, such as
  # where keys are, stands in the lake's description. The state machine adds --run-id for people.
  arguments = {
    "--lake"        = var.lake
    "--catalog"     = local.catalog
    "--environment" = var.environment
  }

  # Spark's static settings: Glue takes them in this one string only.
  settings = {
    "spark.sql.extensions"                                 = "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions"
    "spark.sql.catalog.${local.catalog}"                   = "org.apache.iceberg.spark.SparkCatalog"
    "spark.sql.catalog.${local.catalog}.catalog-impl"      = "org.apache.iceberg.aws.glue.GlueCatalog"
    "spark.sql.catalog.${local.catalog}.io-impl"           = "org.apache.iceberg.aws.s3.S3FileIO"
    "spark.sql.catalog.${local.catalog}.warehouse"         = var.warehouse
    "spark.sql.catalog.${local.catalog}.glue.skip-archive" = "true"
    "spark.sql.session.timeZone"                           = "UTC"
    "spark.sql.ansi.enabled"                               = "false"
  }

  # The version stands in the name and the hash in the folder, so a job never runs another wheel than it was given.
  wheel_key  = "wheels/${substr(filesha256(var.wheel), 0, 16)}/${basename(var.wheel)}"
  script_key = "scripts/${substr(filesha256(var.script), 0, 16)}/${basename(var.script)}"
}

resource "aws_s3_object" "wheel" {
  bucket      = var.artefacts
  key         = local.wheel_key
  source      = var.wheel
  source_hash = filesha256(var.wheel)
  kms_key_id  = var.key_arn
}

resource "aws_s3_object" "script" {
  bucket      = var.artefacts
  key         = local.script_key
  source      = var.script
  source_hash = filesha256(var.script)
  kms_key_id  = var.key_arn
}

resource "aws_glue_security_configuration" "this" {
  name = var.name

  encryption_configuration {
    cloudwatch_encryption {
      cloudwatch_encryption_mode = "SSE-KMS"
      kms_key_arn                = var.key_arn
    }
    job_bookmarks_encryption {
      job_bookmarks_encryption_mode = "CSE-KMS"
      kms_key_arn                   = var.key_arn
    }
    s3_encryption {
      s3_encryption_mode = "SSE-KMS"
      kms_key_arn        = var.key_arn
    }
  }
}

resource "aws_cloudwatch_log_group" "jobs" {
  # checkov:skip=CKV_AWS_338:A year is longer than an erasure may take; logs name nobody and go with the other copies.
  for_each = toset(["error", "output"])

  name              = "${var.log_prefix}/${each.key}"
  retention_in_days = var.log_days
  kms_key_id        = var.key_arn
}

resource "aws_glue_job" "step" {
  for_each = var.jobs

  name                   = "${var.name}-${each.key}"
  description            = each.value.meaning
  role_arn               = var.roles[each.key]
  glue_version           = "5.1"
  execution_class        = "STANDARD"
  worker_type            = "G.1X"
  number_of_workers      = var.workers
  timeout                = 60
  max_retries            = 0
  security_configuration = aws_glue_security_configuration.this.name

  command {
    name            = "glueetl"
    python_version  = "3"
    script_location = "s3://${aws_s3_object.script.bucket}/${aws_s3_object.script.key}"
  }

  execution_property {
    max_concurrent_runs = 1
  }

  default_arguments = merge(local.arguments, {
    "--step"                            = each.key
    "--datalake-formats"                = "iceberg"
    "--conf"                            = join(" --conf ", [for key in sort(keys(local.settings)) : "${key}=${local.settings[key]}"])
    "--additional-python-modules"       = "s3://${aws_s3_object.wheel.bucket}/${aws_s3_object.wheel.key}"
    "--python-modules-installer-option" = "--no-index --no-deps"
    "--enable-auto-scaling"             = "true"
    "--job-bookmark-option"             = "job-bookmark-disable"
    "--job-language"                    = "python"
    "--enable-metrics"                  = "true"
    "--custom-logGroup-prefix"          = var.log_prefix
  })

  depends_on = [aws_cloudwatch_log_group.jobs]
}
