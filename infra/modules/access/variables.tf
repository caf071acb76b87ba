variable "name" { type = string }
variable "account" { type = string }
variable "partition" { type = string }
variable "region" { type = string }
variable "arn" { type = map(string) }
variable "buckets" { type = map(string) }
variable "key_arn" { type = string }
variable "secrets" { type = map(string) }
variable "jobs" { type = any }
variable "readers" { type = any }
variable "folders" { type = map(string) }
variable "database" { type = string }
variable "log_prefix" { type = string }
variable "producers" { type = map(object({ accounts = list(string), external_id = string })) }
variable "people" { type = map(list(string)) }
variable "privacy_steps" { type = list(string) }
