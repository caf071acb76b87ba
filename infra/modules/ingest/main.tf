# Messages of Step Trainers: IoT Core, Firehose, the landing bucket.

locals {
  source = "step_trainer"
  failed = "failed/${local.source}/"
}

resource "aws_cloudwatch_log_group" "ingest" {
  # checkov:skip=CKV_AWS_338:A year is longer than an erasure may take; these logs go with the other copies.
  name              = "/${var.name}/ingest"
  retention_in_days = var.log_days
  kms_key_id        = var.key_arn
}

resource "aws_cloudwatch_log_stream" "delivery" {
  name           = "delivery"
  log_group_name = aws_cloudwatch_log_group.ingest.name
}

resource "aws_kinesis_firehose_delivery_stream" "readings" {
  name        = "${var.name}-readings"
  destination = "extended_s3"

  server_side_encryption {
    enabled  = true
    key_type = "CUSTOMER_MANAGED_CMK"
    key_arn  = var.key_arn
  }

  extended_s3_configuration {
    role_arn            = aws_iam_role.delivery.arn
    bucket_arn          = "arn:${var.partition}:s3:::${var.landing}"
    prefix              = "${local.source}/dt=!{timestamp:yyyy-MM-dd}/hh=!{timestamp:HH}/"
    error_output_prefix = "${local.failed}!{firehose:error-output-type}/dt=!{timestamp:yyyy-MM-dd}/"
    compression_format  = "GZIP"
    file_extension      = ".json.gz"
    buffering_size      = 128
    buffering_interval  = 300
    kms_key_arn         = var.key_arn

    cloudwatch_logging_options {
      enabled         = true
      log_group_name  = aws_cloudwatch_log_group.ingest.name
      log_stream_name = aws_cloudwatch_log_stream.delivery.name
    }
  }

  depends_on = [aws_iam_role_policy.delivery]
}

resource "aws_iot_topic_rule" "readings" {
  name        = "${replace(var.name, "-", "_")}_readings"
  description = "Readings of Step Trainers; whose they are is told by the topic, which the certificate binds."
  enabled     = true
  sql         = "SELECT *, topic(2) AS serialNumber FROM 'stedi/+/readings'"
  sql_version = "2016-03-23"

  firehose {
    delivery_stream_name = aws_kinesis_firehose_delivery_stream.readings.name
    role_arn             = aws_iam_role.rule.arn
    # The only place where one message is set apart from the next.
    separator = "\n"
  }

  error_action {
    firehose {
      delivery_stream_name = aws_kinesis_firehose_delivery_stream.failed.name
      role_arn             = aws_iam_role.rule.arn
      separator            = "\n"
    }
  }
}

# What the rule could not deliver: kept a few days, alarmed, never staged.
resource "aws_kinesis_firehose_delivery_stream" "failed" {
  name        = "${var.name}-failed"
  destination = "extended_s3"

  server_side_encryption {
    enabled  = true
    key_type = "CUSTOMER_MANAGED_CMK"
    key_arn  = var.key_arn
  }

  extended_s3_configuration {
    role_arn            = aws_iam_role.delivery.arn
    bucket_arn          = "arn:${var.partition}:s3:::${var.landing}"
    prefix              = "${local.failed}rule/dt=!{timestamp:yyyy-MM-dd}/"
    error_output_prefix = "${local.failed}!{firehose:error-output-type}/dt=!{timestamp:yyyy-MM-dd}/"
    compression_format  = "GZIP"
    buffering_size      = 16
    buffering_interval  = 300
    kms_key_arn         = var.key_arn
  }

  depends_on = [aws_iam_role_policy.delivery]
}

# A Step Trainer's certificate is attached to a thing named by its serial number, and to this policy: it may
# publish its own readings, and nothing else.
resource "aws_iot_policy" "step_trainer" {
  name = "${var.name}-step-trainer"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Action    = "iot:Connect"
        Resource  = "arn:${var.partition}:iot:${var.region}:${var.account}:client/$${iot:Connection.Thing.ThingName}"
        Condition = { Bool = { "iot:Connection.Thing.IsAttached" = "true" } }
      },
      {
        Effect   = "Allow"
        Action   = "iot:Publish"
        Resource = "arn:${var.partition}:iot:${var.region}:${var.account}:topic/stedi/$${iot:Connection.Thing.ThingName}/readings"
      },
    ]
  })
}
