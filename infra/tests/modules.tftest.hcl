# Modules by themselves, where what they make can be looked at.

mock_provider "aws" {
  mock_resource "aws_glue_security_configuration" {
    defaults = { name = "stedi-test" }
  }
}

run "jobs" {
  command = plan
  module {
    source = "./modules/jobs"
  }
  variables {
    environment = "dev"
    name        = "stedi-test"
    lake        = "s3://landing/lake"
    jobs        = { for job in jsondecode(file("generated/tables.json")).jobs : job.name => job }
    roles       = { for job in jsondecode(file("generated/tables.json")).jobs : job.name => "arn:aws:iam::123456789012:role/${job.name}" }
    artefacts   = "artefacts"
    warehouse   = "s3://curated/tables"
    key_arn     = "arn:aws:kms:eu-central-1:123456789012:key/11111111-1111-1111-1111-111111111111"
    wheel       = "tests/stedi_lakehouse-0.0.0-py3-none-any.whl"
    script      = "glue/job.py"
    workers     = 10
    log_prefix  = "/stedi-test/jobs"
    log_days    = 14
  }
  assert {
    condition = alltrue([
      for job in aws_glue_job.step : job.glue_version == "5.1" && job.worker_type == "G.1X" && job.timeout == 60 && job.execution_property[0].max_concurrent_runs == 1
    ])
    error_message = "Every job is Glue 5.1 on G.1X, ends after an hour and runs alone."
  }
  assert {
    condition     = alltrue([for job in aws_glue_job.step : job.default_arguments["--job-bookmark-option"] == "job-bookmark-disable"])
    error_message = "The ledger knows what was read; a bookmark would know it otherwise."
  }
  assert {
    condition     = alltrue([for step, job in aws_glue_job.step : job.default_arguments["--step"] == step && job.default_arguments["--lake"] == "s3://landing/lake" && job.default_arguments["--catalog"] == "glue_catalog" && job.default_arguments["--environment"] == "dev"])
    error_message = "A job is told its step, its lake and its catalog."
  }
  assert {
    condition = alltrue([
      for job in aws_glue_job.step :
      can(regex("^s3://artefacts/wheels/[0-9a-f]{16}/stedi_lakehouse-[^/]+\\.whl$", job.default_arguments["--additional-python-modules"]))
      && job.default_arguments["--python-modules-installer-option"] == "--no-index --no-deps"
    ])
    error_message = "The wheel is named by version and hash, and installed without an index."
  }
  assert {
    condition     = alltrue([for job in aws_glue_job.step : length(regexall("spark.sql.catalog.glue_catalog.glue.skip-archive=true", job.default_arguments["--conf"])) == 1])
    error_message = "The catalog keeps no archive of versions."
  }
}

run "catalog" {
  command = plan
  module {
    source = "./modules/catalog"
  }
  variables {
    name            = "stedi-test"
    partition       = "aws"
    database        = "stedi"
    tables          = { for table in jsondecode(file("generated/tables.json")).tables : table.name => table }
    classes         = jsondecode(file("generated/tables.json")).classes
    readers         = { for reader in jsondecode(file("generated/tables.json")).readers : reader.name => reader }
    jobs            = { for job in jsondecode(file("generated/tables.json")).jobs : job.name => job }
    existing_tables = ["machine_learning_curated", "requests"]
    buckets         = { landing = "l", trusted = "t", curated = "c" }
    key_arn         = "arn:aws:kms:eu-central-1:123456789012:key/11111111-1111-1111-1111-111111111111"
    job_roles       = { for job in jsondecode(file("generated/tables.json")).jobs : job.name => "arn:aws:iam::123456789012:role/${job.name}" }
    reader_roles    = { for reader in jsondecode(file("generated/tables.json")).readers : reader.name => "arn:aws:iam::123456789012:role/${reader.name}" }
    admins          = ["arn:aws:iam::123456789012:role/admin"]
  }
  assert {
    condition     = join(" ", sort(keys(aws_glue_catalog_table.landed))) == "accelerometer_landing customer_landing step_trainer_landing"
    error_message = "Terraform makes the tables over landed files and no other: the package owns every Iceberg table."
  }
  assert {
    condition     = aws_glue_catalog_table.landed["customer_landing"].storage_descriptor[0].location == "s3://l/customer/"
    error_message = "A landed table lies where its source lands."
  }
  assert {
    condition     = join(" ", [for grant in aws_lakeformation_permissions.reader : one(grant.table_with_columns).name if grant.principal == "arn:aws:iam::123456789012:role/science"]) == "machine_learning_curated"
    error_message = "Data scientists read one table."
  }
  assert {
    condition     = alltrue([for grant in aws_lakeformation_permissions.reader : length(one(grant.table_with_columns).column_names) > 0])
    error_message = "Columns are granted one by one."
  }
  assert {
    condition     = !contains(keys(aws_lakeformation_permissions.reader), "auditor-consent") && contains(keys(aws_lakeformation_permissions.reader), "auditor-requests")
    error_message = "Nothing is granted on a table that does not exist yet."
  }
  assert {
    condition     = contains(one(aws_lakeformation_resource_lf_tags.columns["customer_landing-direct_identifier"].table_with_columns).column_names, "email")
    error_message = "Columns are tagged by their declared class."
  }
}

run "a_query_must_say_what_it_answers" {
  command = plan
  module {
    source = "./modules/query"
  }
  variables {
    name        = "stedi-test"
    account     = "123456789012"
    database    = "stedi"
    artefacts   = "artefacts"
    readers     = ["auditor"]
    queries     = "tests/queries"
    key_arn     = "arn:aws:kms:eu-central-1:123456789012:key/11111111-1111-1111-1111-111111111111"
    scan_limit  = 1
    named_group = "auditor"
  }
  expect_failures = [aws_athena_named_query.this]
}
