# A role for each job, limited to the prefixes and keys that the package declares for its step.

locals {
  s3 = {
    for name, job in var.jobs : name => {
      reads   = [for place in concat(job.reads, job.writes) : "${var.arn.s3}${var.buckets[place.bucket]}/${place.prefix}*"]
      writes  = [for place in job.writes : "${var.arn.s3}${var.buckets[place.bucket]}/${place.prefix}*"]
      buckets = distinct([for place in concat(job.reads, job.writes) : "${var.arn.s3}${var.buckets[place.bucket]}"])
    }
  }
  database_arns = ["${var.arn.glue}catalog", "${var.arn.glue}database/${var.database}"]
}

resource "aws_iam_role" "job" {
  for_each = var.jobs

  name        = "${var.name}-job-${each.key}"
  description = each.value.meaning
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "glue.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = var.account } }
    }]
  })
}

resource "aws_iam_role_policy" "job" {
  for_each = var.jobs

  name = "step"
  role = aws_iam_role.job[each.key].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat([
      {
        # No condition on the prefix: a question after one object has none, and an absent one would be told as forbidden.
        Sid      = "List"
        Effect   = "Allow"
        Action   = "s3:ListBucket"
        Resource = local.s3[each.key].buckets
      },
      { Sid = "Read", Effect = "Allow", Action = "s3:GetObject", Resource = local.s3[each.key].reads },
      {
        Sid      = "Code"
        Effect   = "Allow"
        Action   = "s3:GetObject"
        Resource = [for folder in ["scripts", "wheels"] : "${var.arn.s3}${var.buckets.artefacts}/${folder}/*"]
      },
      {
        Sid      = "Encryption"
        Effect   = "Allow"
        Action   = ["kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey"]
        Resource = var.key_arn
      },
      {
        Sid      = "Keys"
        Effect   = "Allow"
        Action   = ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"]
        Resource = [for key in each.value.keys : var.secrets[key]]
      },
      {
        Sid    = "CatalogRead"
        Effect = "Allow"
        Action = ["glue:GetDatabase", "glue:GetTable", "glue:GetTables", "glue:GetTableVersions"]
        Resource = concat(local.database_arns, [
          for table in each.value.reads_tables : "${var.arn.glue}table/${var.database}/${table}"
        ])
      },
      {
        Sid      = "Logs"
        Effect   = "Allow"
        Action   = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents", "logs:AssociateKmsKey"]
        Resource = ["${var.arn.logs}${var.log_prefix}/*", "${var.arn.logs}/aws-glue/*${var.name}*"]
      },
      {
        Sid       = "Metrics"
        Effect    = "Allow"
        Action    = "cloudwatch:PutMetricData"
        Resource  = "*"
        Condition = { StringEquals = { "cloudwatch:namespace" = ["Stedi", "Glue"] } }
      },
      ], [for statement in [
        {
          Sid      = "Write"
          Effect   = "Allow"
          Action   = ["s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
          Resource = local.s3[each.key].writes
        }
        ] : statement if length(each.value.writes) > 0], [for statement in [
        {
          Sid    = "CatalogWrite"
          Effect = "Allow"
          Action = ["glue:CreateTable", "glue:UpdateTable"]
          Resource = concat(local.database_arns, [
            for table in each.value.writes_tables : "${var.arn.glue}table/${var.database}/${table}"
          ])
        }
        ] : statement if length(each.value.writes_tables) > 0], [for statement in [
        {
          Sid      = "ListVersions"
          Effect   = "Allow"
          Action   = ["s3:ListBucketVersions", "s3:ListBucketMultipartUploads"]
          Resource = local.s3[each.key].buckets
        },
        {
          # Of what may be read too: a withdrawal takes away what a bucket keeps of landed files that are no more.
          Sid      = "OlderVersions"
          Effect   = "Allow"
          Action   = ["s3:GetObjectVersion", "s3:DeleteObjectVersion", "s3:AbortMultipartUpload"]
          Resource = local.s3[each.key].reads
        }
    ] : statement if each.value.versions])
  })
}
