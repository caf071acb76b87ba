resource "aws_iam_role" "delivery" {
  name        = "${var.name}-delivery"
  description = "Firehose puts readings into the landing bucket."
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "firehose.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "sts:ExternalId" = var.account } }
    }]
  })
}

resource "aws_iam_role_policy" "delivery" {
  name = "delivery"
  role = aws_iam_role.delivery.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "Put"
        Effect   = "Allow"
        Action   = ["s3:PutObject", "s3:AbortMultipartUpload"]
        Resource = [for prefix in ["${local.source}/", local.failed] : "arn:${var.partition}:s3:::${var.landing}/${prefix}*"]
      },
      {
        Sid      = "Bucket"
        Effect   = "Allow"
        Action   = ["s3:GetBucketLocation", "s3:ListBucketMultipartUploads"]
        Resource = "arn:${var.partition}:s3:::${var.landing}"
      },
      { Sid = "Encryption", Effect = "Allow", Action = ["kms:Decrypt", "kms:GenerateDataKey"], Resource = var.key_arn },
      {
        Sid      = "Logs"
        Effect   = "Allow"
        Action   = "logs:PutLogEvents"
        Resource = "arn:${var.partition}:logs:${var.region}:${var.account}:log-group:${aws_cloudwatch_log_group.ingest.name}:log-stream:*"
      },
    ]
  })
}

resource "aws_iam_role" "rule" {
  name        = "${var.name}-rule"
  description = "IoT Core hands messages to Firehose."
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "iot.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = var.account } }
    }]
  })
}

resource "aws_iam_role_policy" "rule" {
  name = "rule"
  role = aws_iam_role.rule.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid    = "Hand"
      Effect = "Allow"
      Action = ["firehose:PutRecord", "firehose:PutRecordBatch"]
      Resource = [
        for name in ["readings", "failed"] :
        "arn:${var.partition}:firehose:${var.region}:${var.account}:deliverystream/${var.name}-${name}"
      ]
    }]
  })
}
