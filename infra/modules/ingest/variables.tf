variable "name" { type = string }
variable "account" { type = string }
variable "partition" { type = string }
variable "region" { type = string }
variable "landing" { type = string }
variable "key_arn" { type = string }
variable "log_days" { type = number }
