variable "environment" {
  description = "dev or prod; an account each, for the database is called the same in both."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{1,7}$", var.environment))
    error_message = "An environment is two to eight lower case letters and digits, for it is part of bucket names."
  }
}

variable "region" {
  description = "Where everything lies."
  type        = string
}

variable "wheel" {
  description = "Path of the package's wheel, as `make deploy` builds it."
  type        = string

  validation {
    condition     = can(regex("stedi_lakehouse-[^-]+-py3-none-any\\.whl$", var.wheel))
    error_message = "The wheel is not one of stedi_lakehouse for Python 3 alone; build it: make wheel."
  }
}

variable "alarm_email" {
  description = "Who is told of alarms; nobody when empty."
  type        = string
  default     = ""
}

variable "budget_usd" {
  description = "What a month may cost before somebody is told."
  type        = number
}

variable "erasure_deadline_days" {
  description = "Days within which an erasure must have reached every copy."
  type        = number
  default     = 30
}

variable "retention_days" {
  description = "Days that copies outlive their original: older versions, Athena's results, logs, failed deliveries."
  type = object({
    versions = number
    results  = number
    logs     = number
    failed   = number
  })
  default = { versions = 7, results = 2, logs = 14, failed = 7 }

  # What expires leaves an older version, which expires after the days of versions.
  validation {
    condition = alltrue([
      for kind, days in var.retention_days :
      days >= 1 && days + (kind == "versions" ? 0 : var.retention_days.versions) + 2 <= var.erasure_deadline_days
    ])
    error_message = "A copy would outlive the erasure deadline: days kept, days of versions and two days of S3's own must fit in it."
  }

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30], var.retention_days.logs)
    error_message = "CloudWatch keeps logs 1, 3, 5, 7, 14 or 30 days, among others that are beyond any deadline here."
  }
}

variable "secret_recovery_days" {
  description = "Days in which a deleted key can be brought back; 0 deletes at once. Without its keys a lake is lost."
  type        = number
  default     = 30
}

variable "schedule" {
  description = "When a run starts, and when one that maintains too; EventBridge Scheduler expressions, UTC."
  type        = object({ run = string, maintain = string })
  default     = { run = "cron(5 * * * ? *)", maintain = "cron(35 2 * * ? *)" }
}

variable "late_after_hours" {
  description = "Hours without a successful run before somebody is told."
  type        = number
  default     = 3
}

variable "start_on" {
  description = "Sources whose landed files start a run at once. Customers alone, for they withdraw; sensors land so often that each start would cost more than it is worth."
  type        = list(string)
  default     = ["customer"]
}

variable "workers" {
  description = "The most workers a job may scale to."
  type        = number
  default     = 10
}

variable "scan_limit_gb" {
  description = "The most a query of Athena may read."
  type        = number
  default     = 100
}

variable "producers" {
  description = "For a source: accounts that may put files under its prefix (this one when empty), and the external id they give."
  type        = map(object({ accounts = list(string), external_id = string }))
  default     = {}

  validation {
    condition     = length(setsubtract(keys(var.producers), jsondecode(file("${path.module}/generated/tables.json")).sources)) == 0
    error_message = "Only a source has producers: see `sources` in generated/tables.json."
  }
}

variable "people" {
  description = "For a role of readers: ARNs of who may take it; this account's own policies decide where there is none."
  type        = map(list(string))
  default     = {}
}

variable "lake_admins" {
  description = "ARNs of who administers Lake Formation; whoever deploys when empty."
  type        = list(string)
  default     = []
}

variable "existing_tables" {
  description = "Iceberg tables that the package has made already, as `make deploy` finds them: grants and tags need the table."
  type        = list(string)
  default     = []
}

variable "keep_data" {
  description = "Whether destroying stops at a bucket that still holds anything."
  type        = bool
  default     = true
}
