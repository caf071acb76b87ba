variable "name" { type = string }
variable "environment" { type = string }
variable "account" { type = string }
variable "partition" { type = string }
variable "region" { type = string }
variable "alarm_email" { type = string }
variable "recovery_days" { type = number }
