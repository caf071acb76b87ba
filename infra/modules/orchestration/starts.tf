resource "aws_cloudwatch_event_rule" "landed" {
  name        = "${var.name}-landed"
  description = "Files of ${join(", ", var.start_on)} landed."
  state       = length(var.start_on) > 0 ? "ENABLED" : "DISABLED"
  event_pattern = jsonencode({
    source        = ["aws.s3"]
    "detail-type" = ["Object Created"]
    detail = {
      bucket = { name = [var.landing] }
      object = { key = [for source in length(var.start_on) > 0 ? var.start_on : ["none"] : { prefix = "${source}/" }] }
    }
  })
}

resource "aws_cloudwatch_event_target" "landed" {
  rule     = aws_cloudwatch_event_rule.landed.name
  arn      = aws_sfn_state_machine.run.arn
  role_arn = aws_iam_role.start.arn
  # The event names the object, which no execution's history needs.
  input = jsonencode({ maintain = false })

  retry_policy {
    maximum_event_age_in_seconds = 3600
    maximum_retry_attempts       = 8
  }
}

resource "aws_scheduler_schedule" "run" {
  for_each = { run = false, maintain = true }

  name                         = "${var.name}-${each.key}"
  description                  = each.value ? "A run, and maintenance after it." : "A run."
  schedule_expression          = var.schedule[each.key]
  schedule_expression_timezone = "UTC"
  kms_key_arn                  = var.key_arn

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = aws_sfn_state_machine.run.arn
    role_arn = aws_iam_role.start.arn
    input    = jsonencode({ maintain = each.value })

    retry_policy {
      maximum_event_age_in_seconds = 1800
      maximum_retry_attempts       = 8
    }
  }
}
