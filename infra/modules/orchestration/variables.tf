variable "name" { type = string }
variable "account" { type = string }
variable "partition" { type = string }
variable "region" { type = string }
variable "jobs" { type = map(string) }
variable "landing" { type = string }
variable "start_on" { type = list(string) }
variable "schedule" { type = object({ run = string, maintain = string }) }
variable "topic_arn" { type = string }
variable "key_arn" { type = string }
variable "log_days" { type = number }
