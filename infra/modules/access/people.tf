# Roles of people who read, and of who lands files. Tables are read through Athena alone, whose columns
# Lake Formation limits; nobody here may open a table's files.

locals {
  account_root = "arn:${var.partition}:iam::${var.account}:root"

  # What a role may do with files beside its tables: "read" or "write" by area.
  files = {
    science         = { write = ["${var.buckets.curated}/${var.folders.models}"], read = [] }
    privacy-officer = { write = ["${var.buckets.landing}/${var.folders.lake}/requests"], read = ["${var.buckets.landing}/${var.folders.lake}/certificates"] }
    auditor         = { write = [], read = [] }
  }
  places = { for role, areas in local.files : role => concat(areas.write, areas.read) }
}

resource "aws_iam_role" "reader" {
  # checkov:skip=CKV_AWS_61:Where no ARN is named, the policies of this very account decide who takes the role.
  for_each = var.readers

  name        = "${var.name}-${each.key}"
  description = each.value.meaning
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = length(lookup(var.people, each.key, [])) > 0 ? var.people[each.key] : [local.account_root] }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "reader" {
  for_each = var.readers

  name = "reader"
  role = aws_iam_role.reader[each.key].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat([
      {
        Sid    = "Query"
        Effect = "Allow"
        Action = [
          "athena:GetWorkGroup", "athena:StartQueryExecution", "athena:StopQueryExecution", "athena:GetQueryExecution",
          "athena:GetQueryResults", "athena:GetNamedQuery", "athena:ListNamedQueries",
        ]
        Resource = "arn:${var.partition}:athena:${var.region}:${var.account}:workgroup/${var.name}-${each.key}"
      },
      {
        Sid    = "Results"
        Effect = "Allow"
        Action = ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]
        Resource = concat(
          ["${var.arn.s3}${var.buckets.artefacts}/athena/${each.key}/*"],
          [for place in local.files[each.key].write : "${var.arn.s3}${place}/*"],
        )
      },
      {
        Sid      = "Buckets"
        Effect   = "Allow"
        Action   = "s3:GetBucketLocation"
        Resource = [for kind in ["artefacts", "landing", "trusted", "curated"] : "${var.arn.s3}${var.buckets[kind]}"]
      },
      {
        Sid    = "Catalog"
        Effect = "Allow"
        Action = ["glue:GetDatabase", "glue:GetTable", "glue:GetTables", "glue:GetPartitions"]
        Resource = concat(
          ["${var.arn.glue}catalog", "${var.arn.glue}database/${var.database}"],
          [for table in keys(each.value.tables) : "${var.arn.glue}table/${var.database}/${table}"],
        )
      },
      {
        # checkov:skip=CKV_AWS_290:It has no resource; Lake Formation answers for each column.
        Sid      = "Columns"
        Effect   = "Allow"
        Action   = "lakeformation:GetDataAccess"
        Resource = "*"
      },
      {
        Sid       = "Encryption"
        Effect    = "Allow"
        Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource  = var.key_arn
        Condition = { StringEquals = { "kms:ViaService" = "s3.${var.region}.amazonaws.com" } }
      },
      ], [for statement in [
        {
          Sid      = "Files"
          Effect   = "Allow"
          Action   = "s3:GetObject"
          Resource = [for place in local.places[each.key] : "${var.arn.s3}${place}/*"]
        },
        {
          Sid      = "ListFiles"
          Effect   = "Allow"
          Action   = "s3:ListBucket"
          Resource = distinct([for place in local.places[each.key] : "${var.arn.s3}${split("/", place)[0]}"])
          Condition = {
            StringLike = {
              "s3:prefix" = [for place in local.places[each.key] : "${join("/", slice(split("/", place), 1, length(split("/", place))))}/*"]
            }
          }
        }
        ] : statement if length(statement.Resource) > 0], [for statement in [
        {
          Sid      = "Procedures"
          Effect   = "Allow"
          Action   = ["glue:StartJobRun", "glue:GetJobRun", "glue:GetJobRuns", "glue:GetJob"]
          Resource = [for step in var.privacy_steps : "${var.arn.glue}job/${var.name}-${step}"]
        }
    ] : statement if each.key == "privacy-officer"])
  })
}

resource "aws_iam_role" "producer" {
  # checkov:skip=CKV_AWS_61:The producer's account decides which of its people and machines land files; it gives an external id.
  for_each = var.producers

  name        = "${var.name}-producer-${replace(each.key, "_", "-")}"
  description = "Puts files under ${each.key}/ of the landing bucket, and does nothing else."
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Principal = {
        AWS = length(each.value.accounts) > 0 ? [for account in each.value.accounts : "arn:${var.partition}:iam::${account}:root"] : [local.account_root]
      }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "sts:ExternalId" = each.value.external_id } }
    }]
  })

}

resource "aws_iam_role_policy" "producer" {
  for_each = var.producers

  name = "land"
  role = aws_iam_role.producer[each.key].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "Land"
        Effect   = "Allow"
        Action   = ["s3:PutObject", "s3:AbortMultipartUpload"]
        Resource = "${var.arn.s3}${var.buckets.landing}/${each.key}/*"
      },
      {
        # S3 asks for Decrypt when it joins the parts of a large upload.
        Sid       = "Encryption"
        Effect    = "Allow"
        Action    = ["kms:GenerateDataKey", "kms:Decrypt"]
        Resource  = var.key_arn
        Condition = { StringEquals = { "kms:ViaService" = "s3.${var.region}.amazonaws.com" } }
      },
    ]
  })
}
