resource "aws_iam_role" "run" {
  name        = "${var.name}-run"
  description = "The state machine of a run."
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "states.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = var.account } }
    }]
  })
}

resource "aws_iam_role_policy" "run" {
  # checkov:skip=CKV_AWS_355:Log delivery has no resources to be named.
  # checkov:skip=CKV_AWS_290:Log delivery has no resources to be named.
  # checkov:skip=CKV_AWS_289:Log delivery has no resources to be named.
  name = "run"
  role = aws_iam_role.run.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "Jobs"
        Effect   = "Allow"
        Action   = ["glue:StartJobRun", "glue:GetJobRun", "glue:GetJobRuns", "glue:BatchStopJobRun"]
        Resource = local.job_arns
      },
      { Sid = "WhoElse", Effect = "Allow", Action = "states:ListExecutions", Resource = local.state_machine_arn },
      { Sid = "Tell", Effect = "Allow", Action = "sns:Publish", Resource = var.topic_arn },
      { Sid = "Encryption", Effect = "Allow", Action = ["kms:Decrypt", "kms:GenerateDataKey"], Resource = var.key_arn },
      {
        Sid    = "Logs"
        Effect = "Allow"
        Action = [
          "logs:CreateLogDelivery", "logs:GetLogDelivery", "logs:UpdateLogDelivery", "logs:DeleteLogDelivery",
          "logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:DescribeResourcePolicies", "logs:DescribeLogGroups",
        ]
        Resource = "*"
      },
    ]
  })
}

resource "aws_iam_role" "start" {
  name        = "${var.name}-start"
  description = "Starts a run, when files landed or it is time."
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = ["events.amazonaws.com", "scheduler.amazonaws.com"] }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = var.account } }
    }]
  })
}

resource "aws_iam_role_policy" "start" {
  name = "start"
  role = aws_iam_role.start.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Sid = "Start", Effect = "Allow", Action = "states:StartExecution", Resource = local.state_machine_arn },
      # Schedules are encrypted, and read by the role they start with.
      { Sid = "Schedules", Effect = "Allow", Action = "kms:Decrypt", Resource = var.key_arn },
    ]
  })
}
