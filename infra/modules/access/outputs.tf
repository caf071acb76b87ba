# Roles with their policies in place: what is started before has no permission yet.
output "job_roles" {
  value      = { for name, role in aws_iam_role.job : name => role.arn }
  depends_on = [aws_iam_role_policy.job]
}

output "reader_roles" {
  value      = { for name, role in aws_iam_role.reader : name => role.arn }
  depends_on = [aws_iam_role_policy.reader]
}

output "producer_roles" {
  value      = { for name, role in aws_iam_role.producer : name => role.arn }
  depends_on = [aws_iam_role_policy.producer]
}
