data "aws_caller_identity" "this" {}
data "aws_partition" "this" {}
data "aws_iam_session_context" "this" {
  arn = data.aws_caller_identity.this.arn
}

locals {
  # Tables, columns, tags, jobs and readers are declared in the package; nothing of them stands here.
  declared = jsondecode(file("${path.module}/generated/tables.json"))

  name      = "stedi-${var.environment}"
  account   = data.aws_caller_identity.this.account_id
  partition = data.aws_partition.this.partition
  zones     = toset(["landing", "trusted", "curated"])
  buckets   = { for kind in ["landing", "trusted", "curated", "artefacts", "logs"] : kind => "${local.name}-${local.account}-${kind}" }
  lake      = "s3://${local.buckets.landing}/${local.declared.folders.lake}"
  arn = {
    s3   = "arn:${local.partition}:s3:::"
    glue = "arn:${local.partition}:glue:${var.region}:${local.account}:"
    logs = "arn:${local.partition}:logs:${var.region}:${local.account}:log-group:"
  }
}

module "foundation" {
  source = "./modules/foundation"

  name          = local.name
  environment   = var.environment
  account       = local.account
  partition     = local.partition
  region        = var.region
  alarm_email   = var.alarm_email
  recovery_days = var.secret_recovery_days
}

module "storage" {
  source = "./modules/storage"

  buckets   = local.buckets
  account   = local.account
  partition = local.partition
  key_arn   = module.foundation.key_arn
  retention = var.retention_days
  keep_data = var.keep_data
}

module "access" {
  source = "./modules/access"

  name          = local.name
  account       = local.account
  partition     = local.partition
  region        = var.region
  arn           = local.arn
  buckets       = module.storage.names
  key_arn       = module.foundation.key_arn
  secrets       = module.foundation.secrets
  jobs          = { for job in local.declared.jobs : job.name => job }
  readers       = { for reader in local.declared.readers : reader.name => reader }
  folders       = local.declared.folders
  database      = local.declared.database
  log_prefix    = "/${local.name}/jobs"
  producers     = var.producers
  people        = var.people
  privacy_steps = ["withdraw", "erase"]
}

module "catalog" {
  source = "./modules/catalog"

  name            = local.name
  partition       = local.partition
  database        = local.declared.database
  tables          = { for table in local.declared.tables : table.name => table }
  classes         = local.declared.classes
  readers         = { for reader in local.declared.readers : reader.name => reader }
  jobs            = { for job in local.declared.jobs : job.name => job }
  existing_tables = var.existing_tables
  buckets         = { for zone in local.zones : zone => module.storage.names[zone] }
  key_arn         = module.foundation.key_arn
  job_roles       = module.access.job_roles
  reader_roles    = module.access.reader_roles
  admins          = length(var.lake_admins) > 0 ? var.lake_admins : [data.aws_iam_session_context.this.issuer_arn]
}

module "jobs" {
  source = "./modules/jobs"

  name        = local.name
  environment = var.environment
  lake        = local.lake
  jobs        = { for job in local.declared.jobs : job.name => job }
  roles       = module.access.job_roles
  artefacts   = module.storage.names["artefacts"]
  warehouse   = "s3://${module.storage.names["curated"]}/${local.declared.folders.tables}"
  key_arn     = module.foundation.key_arn
  wheel       = var.wheel
  script      = "${path.module}/glue/job.py"
  workers     = var.workers
  log_prefix  = "/${local.name}/jobs"
  log_days    = var.retention_days.logs
}

module "orchestration" {
  source = "./modules/orchestration"

  name      = local.name
  account   = local.account
  partition = local.partition
  region    = var.region
  jobs      = module.jobs.names
  landing   = module.storage.names["landing"]
  start_on  = var.start_on
  schedule  = var.schedule
  topic_arn = module.foundation.topic_arn
  key_arn   = module.foundation.key_arn
  log_days  = var.retention_days.logs
}

module "ingest" {
  source = "./modules/ingest"

  name      = local.name
  account   = local.account
  partition = local.partition
  region    = var.region
  landing   = module.storage.names["landing"]
  key_arn   = module.foundation.key_arn
  log_days  = var.retention_days.logs
}

module "query" {
  source = "./modules/query"

  name        = local.name
  account     = local.account
  database    = module.catalog.database
  artefacts   = module.storage.names["artefacts"]
  readers     = [for reader in local.declared.readers : reader.name]
  queries     = "${path.module}/queries"
  key_arn     = module.foundation.key_arn
  scan_limit  = var.scan_limit_gb
  named_group = "auditor"
}

module "observability" {
  source = "./modules/observability"

  name             = local.name
  environment      = var.environment
  jobs             = module.jobs.names
  state_machine    = module.orchestration.state_machine_arn
  stream           = module.ingest.stream
  landing          = module.storage.names["landing"]
  topic_arn        = module.foundation.topic_arn
  late_after_hours = var.late_after_hours
  budget_usd       = var.budget_usd
}
