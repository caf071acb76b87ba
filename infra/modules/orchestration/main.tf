# A run: stage, then build, then check, and maintain where it was asked for.

locals {
  state_machine_arn = "arn:${var.partition}:states:${var.region}:${var.account}:stateMachine:${var.name}-run"
  job_arns          = [for name in values(var.jobs) : "arn:${var.partition}:glue:${var.region}:${var.account}:job/${name}"]

  # A step may be repeated whole: what it did not commit is as if it had never been.
  retry = [
    {
      ErrorEquals     = ["Glue.ConcurrentRunsExceededException", "Glue.AWSGlueException", "Glue.InternalServiceException", "Glue.OperationTimeoutException"]
      IntervalSeconds = 30
      BackoffRate     = 2
      MaxAttempts     = 6
      MaxDelaySeconds = 600
      JitterStrategy  = "FULL"
    },
    {
      ErrorEquals     = ["States.TaskFailed"]
      IntervalSeconds = 60
      BackoffRate     = 3
      MaxAttempts     = 2
      JitterStrategy  = "FULL"
    },
  ]

  step = {
    for step, next in { stage = "build", build = "check", check = "MaintainToo", maintain = "Done" } : step => {
      Type                    = "Task"
      Resource                = "arn:${var.partition}:states:::glue:startJobRun.sync"
      Parameters = {
        JobName   = var.jobs[step]
        Arguments = { "--run-id.$" = "$$.Execution.Name" }
      }
      ResultPath = null
      Retry      = local.retry
      Catch      = [{ ErrorEquals = ["States.ALL"], ResultPath = "$.error", Next = "Tell" }]
      Next       = next
    }
  }

  definition = {
    Comment        = "Landed files to a published release; the execution's name is the run id."
    StartAt        = "WhoElse"
    TimeoutSeconds = 6 * 3600
    States = merge(local.step, {
      WhoElse = {
        Comment        = "One run at a time. One that finds another leaves: the schedule comes again, and the ledger knows what is new."
        Type           = "Task"
        Resource       = "arn:${var.partition}:states:::aws-sdk:sfn:listExecutions"
        Parameters     = { "StateMachineArn.$" = "$$.StateMachine.Id", StatusFilter = "RUNNING", MaxResults = 10 }
        ResultSelector = { "running.$" = "States.ArrayLength($.Executions)" }
        ResultPath     = "$.others"
        Retry          = [{ ErrorEquals = ["States.ALL"], IntervalSeconds = 5, BackoffRate = 2, MaxAttempts = 4, JitterStrategy = "FULL" }]
        Catch          = [{ ErrorEquals = ["States.ALL"], ResultPath = "$.error", Next = "Tell" }]
        Next           = "Alone"
      }
      Alone = {
        Type = "Choice"
        Choices = [
          { Variable = "$.others.running", NumericLessThanEquals = 1, Next = "stage" },
          {
            # Maintenance comes once a night, so it waits.
            And  = [{ Variable = "$.maintain", IsPresent = true }, { Variable = "$.maintain", BooleanEquals = true }]
            Next = "Later"
          },
        ]
        Default = "AnotherRuns"
      }
      Later       = { Type = "Wait", Seconds = 300, Next = "WhoElse" }
      AnotherRuns = { Type = "Succeed" }
      MaintainToo = {
        Type = "Choice"
        Choices = [{
          And  = [{ Variable = "$.maintain", IsPresent = true }, { Variable = "$.maintain", BooleanEquals = true }]
          Next = "maintain"
        }]
        Default = "Done"
      }
      Done = { Type = "Succeed" }
      Tell = {
        Comment  = "The error of a job names no person; the input of the run is not sent."
        Type     = "Task"
        Resource = "arn:${var.partition}:states:::sns:publish"
        Parameters = {
          TopicArn    = var.topic_arn
          Subject     = "${var.name}: a run failed"
          "Message.$" = "States.Format('Run {} failed: {}. See docs/runbooks.md, a job failed.', $$.Execution.Name, $.error.Error)"
        }
        ResultPath = null
        Next       = "Failed"
      }
      Failed = { Type = "Fail", Error = "RunFailed", Cause = "A step failed; nothing was published that the checks refused." }
    })
  }
}

resource "aws_cloudwatch_log_group" "run" {
  # checkov:skip=CKV_AWS_338:A year is longer than an erasure may take; these logs go with the other copies.
  name              = "/aws/vendedlogs/states/${var.name}-run"
  retention_in_days = var.log_days
  kms_key_id        = var.key_arn
}

resource "aws_sfn_state_machine" "run" {
  # checkov:skip=CKV_AWS_285:Execution data would put what a run is told and says into the logs; the history keeps what is needed.
  # checkov:skip=CKV_AWS_284:Traces would tell no more than the execution's own history.
  name       = "${var.name}-run"
  role_arn   = aws_iam_role.run.arn
  definition = jsonencode(local.definition)

  logging_configuration {
    level                  = "ERROR"
    include_execution_data = false
    log_destination        = "${aws_cloudwatch_log_group.run.arn}:*"
  }

  depends_on = [aws_iam_role_policy.run]
}
