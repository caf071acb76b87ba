output "key_arn" { value = aws_kms_key.this.arn }
output "topic_arn" { value = aws_sns_topic.alarms.arn }
output "secrets" { value = { for name, secret in aws_secretsmanager_secret.this : name => secret.arn } }
