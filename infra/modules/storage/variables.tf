variable "buckets" { type = map(string) }
variable "account" { type = string }
variable "partition" { type = string }
variable "key_arn" { type = string }
variable "keep_data" { type = bool }
variable "retention" {
  type = object({ versions = number, results = number, logs = number, failed = number })
}
