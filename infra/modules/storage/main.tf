# One bucket a zone, one for artefacts, one for logs.
#
# No object lock and no archive tier: whatever lies here must be erasable within the deadline.

locals {
  # What leaves by itself, beside the older versions of everything.
  expiring = {
    landing   = { failed = { prefix = "failed/", days = var.retention.failed } }
    artefacts = { results = { prefix = "athena/", days = var.retention.results } }
    logs      = { logs = { prefix = "", days = var.retention.logs } }
  }
  others = [for kind in keys(var.buckets) : kind if kind != "logs"]
}

resource "aws_s3_bucket" "this" {
  # checkov:skip=CKV_AWS_144:A copy in another region would be one more place that an erasure must reach.
  # checkov:skip=CKV2_AWS_62:Only the landing bucket tells of new objects; nothing acts on those of the others.
  # checkov:skip=CKV_AWS_18:Every bucket but that of the logs itself is logged, by aws_s3_bucket_logging.
  # checkov:skip=CKV_AWS_145:The log bucket cannot have a key of ours, for S3 delivers its logs under its own alone; all others have it.
  for_each = var.buckets

  bucket        = each.value
  force_destroy = !var.keep_data
}

resource "aws_s3_bucket_ownership_controls" "this" {
  for_each = aws_s3_bucket.this

  bucket = each.value.id
  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_public_access_block" "this" {
  for_each = aws_s3_bucket.this

  bucket                  = each.value.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_versioning" "this" {
  for_each = aws_s3_bucket.this

  bucket = each.value.id
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  for_each = aws_s3_bucket.this

  bucket = each.value.id
  rule {
    bucket_key_enabled = each.key != "logs"
    apply_server_side_encryption_by_default {
      sse_algorithm     = each.key == "logs" ? "AES256" : "aws:kms"
      kms_master_key_id = each.key == "logs" ? null : var.key_arn
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "this" {
  for_each = aws_s3_bucket.this

  bucket = each.value.id

  rule {
    id     = "older-versions-and-torn-uploads"
    status = "Enabled"
    filter {}
    noncurrent_version_expiration {
      noncurrent_days = var.retention.versions
    }
    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
    expiration {
      expired_object_delete_marker = true
    }
  }

  dynamic "rule" {
    for_each = lookup(local.expiring, each.key, {})
    content {
      id     = rule.key
      status = "Enabled"
      filter {
        prefix = rule.value.prefix
      }
      expiration {
        days = rule.value.days
      }
    }
  }

  depends_on = [aws_s3_bucket_versioning.this]
}

resource "aws_s3_bucket_policy" "this" {
  for_each = aws_s3_bucket.this

  bucket = each.value.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat([
      {
        Sid       = "EncryptedTransportOnly"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = ["arn:${var.partition}:s3:::${each.value.bucket}", "arn:${var.partition}:s3:::${each.value.bucket}/*"]
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
        }], [for statement in [
        {
          Sid       = "LogsOfTheOtherBuckets"
          Effect    = "Allow"
          Principal = { Service = "logging.s3.amazonaws.com" }
          Action    = "s3:PutObject"
          Resource  = "arn:${var.partition}:s3:::${each.value.bucket}/s3/*"
          Condition = { StringEquals = { "aws:SourceAccount" = var.account } }
        }
    ] : statement if each.key == "logs"])
  })

  depends_on = [aws_s3_bucket_public_access_block.this]
}

resource "aws_s3_bucket_logging" "this" {
  for_each = toset(local.others)

  bucket        = aws_s3_bucket.this[each.key].id
  target_bucket = aws_s3_bucket.this["logs"].id
  target_prefix = "s3/${each.key}/"

  depends_on = [aws_s3_bucket_policy.this]
}

resource "aws_s3_bucket_notification" "landing" {
  bucket      = aws_s3_bucket.this["landing"].id
  eventbridge = true
}
