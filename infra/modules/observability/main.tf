# What somebody is told of. Each alarm names its runbook, a heading in docs/runbooks.md.

locals {
  # Metrics that the package publishes in the namespace Stedi, with the dimension Environment.
  dimensions = { Environment = var.environment }

  alarms = {
    run-failed = {
      namespace = "AWS/States", metric = "ExecutionsFailed", statistic = "Sum", dimensions = { StateMachineArn = var.state_machine }
      period    = 300, periods = 1, comparison = "GreaterThanThreshold", threshold = 0, missing = "notBreaching"
      runbook   = "a-job-failed"
    }
    run-timed-out = {
      namespace = "AWS/States", metric = "ExecutionsTimedOut", statistic = "Sum", dimensions = { StateMachineArn = var.state_machine }
      period    = 300, periods = 1, comparison = "GreaterThanThreshold", threshold = 0, missing = "notBreaching"
      runbook   = "a-job-failed"
    }
    run-late = {
      namespace = "AWS/States", metric = "ExecutionsSucceeded", statistic = "Sum", dimensions = { StateMachineArn = var.state_machine }
      period    = 3600, periods = var.late_after_hours, comparison = "LessThanThreshold", threshold = 1, missing = "breaching"
      runbook   = "no-run-for-hours"
    }
    consent-leak = {
      # Silence is no proof: a check that says nothing for a day is told of, too.
      namespace = "Stedi", metric = "ConsentLeakRows", statistic = "Maximum", dimensions = local.dimensions
      period    = 86400, periods = 1, comparison = "GreaterThanThreshold", threshold = 0, missing = "breaching"
      runbook   = "a-row-without-consent"
    }
    quarantine-share = {
      namespace = "Stedi", metric = "QuarantinedPercent", statistic = "Maximum", dimensions = local.dimensions
      period    = 3600, periods = 1, comparison = "GreaterThanThreshold", threshold = 5, missing = "notBreaching"
      runbook   = "many-lines-in-quarantine"
    }
    delivery-stale = {
      namespace = "AWS/Firehose", metric = "DeliveryToS3.DataFreshness", statistic = "Maximum", dimensions = { DeliveryStreamName = var.stream }
      period    = 300, periods = 3, comparison = "GreaterThanThreshold", threshold = 900, missing = "notBreaching"
      runbook   = "readings-are-stuck"
    }
    delivery-failed = {
      namespace = "AWS/Firehose", metric = "DeliveryToS3.Success", statistic = "Minimum", dimensions = { DeliveryStreamName = var.stream }
      period    = 300, periods = 1, comparison = "LessThanThreshold", threshold = 1, missing = "notBreaching"
      runbook   = "readings-are-stuck"
    }
  }

  events = {
    job-failed = {
      meaning = "A job failed, timed out or was stopped."
      runbook = "a-job-failed"
      pattern = {
        source        = ["aws.glue"]
        "detail-type" = ["Glue Job State Change"]
        detail        = { jobName = values(var.jobs), state = ["FAILED", "TIMEOUT", "STOPPED", "ERROR"] }
      }
      paths = { job = "$.detail.jobName", state = "$.detail.state", run = "$.detail.jobRunId" }
      text  = "Job <job>: <state>, run <run>."
    }
    delivery-error = {
      meaning = "Readings could not be delivered and lie under failed/."
      runbook = "readings-are-stuck"
      pattern = {
        source        = ["aws.s3"]
        "detail-type" = ["Object Created"]
        detail        = { bucket = { name = [var.landing] }, object = { key = [{ prefix = "failed/" }] } }
      }
      paths = { bucket = "$.detail.bucket.name", bytes = "$.detail.object.size" }
      text  = "<bytes> bytes of failed deliveries in <bucket>."
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = "Runbook: docs/runbooks.md#${each.value.runbook}"
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  statistic           = each.value.statistic
  dimensions          = each.value.dimensions
  period              = each.value.period
  evaluation_periods  = each.value.periods
  comparison_operator = each.value.comparison
  threshold           = each.value.threshold
  treat_missing_data  = each.value.missing
  alarm_actions       = [var.topic_arn]
  ok_actions          = [var.topic_arn]
}

resource "aws_cloudwatch_event_rule" "this" {
  for_each = local.events

  name          = "${var.name}-${each.key}"
  description   = each.value.meaning
  event_pattern = jsonencode(each.value.pattern)
}

resource "aws_cloudwatch_event_target" "this" {
  for_each = local.events

  rule = aws_cloudwatch_event_rule.this[each.key].name
  arn  = var.topic_arn

  input_transformer {
    input_paths    = each.value.paths
    input_template = "\"${var.name}: ${each.value.text} Runbook: docs/runbooks.md#${each.value.runbook}\""
  }
}

resource "aws_budgets_budget" "month" {
  name         = var.name
  budget_type  = "COST"
  limit_amount = format("%.1f", var.budget_usd)
  limit_unit   = "USD"
  time_unit    = "MONTHLY"

  # An account holds one environment, so its whole cost is the environment's.
  notification {
    comparison_operator       = "GREATER_THAN"
    threshold                 = 80
    threshold_type            = "PERCENTAGE"
    notification_type         = "ACTUAL"
    subscriber_sns_topic_arns = [var.topic_arn]
  }

  notification {
    comparison_operator       = "GREATER_THAN"
    threshold                 = 100
    threshold_type            = "PERCENTAGE"
    notification_type         = "FORECASTED"
    subscriber_sns_topic_arns = [var.topic_arn]
  }
}
