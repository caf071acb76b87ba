# What was decided, held without a server: the provider is mocked, so nothing is asked of AWS.

mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012", arn = "arn:aws:iam::123456789012:role/deployer" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_iam_session_context" {
    defaults = { issuer_arn = "arn:aws:iam::123456789012:role/deployer" }
  }
  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:eu-central-1:123456789012:key/11111111-1111-1111-1111-111111111111" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/mocked" }
  }
  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:eu-central-1:123456789012:alarms" }
  }
  mock_resource "aws_sfn_state_machine" {
    defaults = { arn = "arn:aws:states:eu-central-1:123456789012:stateMachine:run" }
  }
  mock_resource "aws_secretsmanager_secret" {
    defaults = { arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:mocked" }
  }
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-central-1:123456789012:log-group:mocked" }
  }
  mock_resource "aws_lakeformation_resource" {
    defaults = { arn = "arn:aws:s3:::mocked" }
  }
}

variables {
  environment = "dev"
  region      = "eu-central-1"
  budget_usd  = 10
  wheel       = "tests/stedi_lakehouse-0.0.0-py3-none-any.whl"
}

run "everything" {
  variables {
    producers = { customer = { accounts = ["210987654321"], external_id = "website" } }
  }
  assert {
    condition     = length(module.storage.names) == 5
    error_message = "There is a bucket a zone, one for artefacts and one for logs."
  }
  assert {
    condition     = output.lake == "s3://stedi-dev-123456789012-landing/lake"
    error_message = "The lake's own files lie under lake/ of the landing bucket."
  }
  assert {
    condition     = join(" ", sort(keys(output.jobs))) == "build check erase maintain stage withdraw"
    error_message = "Each step that the package declares is a job, and there is no other."
  }
  assert {
    condition     = length(output.named_queries) == length(fileset("queries", "*.sql"))
    error_message = "Each file of infra/queries is a named query."
  }
  assert {
    condition     = join(" ", keys(output.roles.producers)) == "customer"
    error_message = "A producer has a role of its own."
  }
}

run "only_sources_have_producers" {
  command = plan
  variables {
    producers = { elsewhere = { accounts = [], external_id = "x" } }
  }
  expect_failures = [var.producers]
}

run "copies_go_before_the_deadline" {
  command = plan
  variables {
    retention_days = { versions = 20, results = 2, logs = 14, failed = 7 }
  }
  expect_failures = [var.retention_days]
}

run "the_wheel_is_ours" {
  command = plan
  variables {
    wheel = "tests/other-1.0-py3-none-any.whl"
  }
  expect_failures = [var.wheel]
}
