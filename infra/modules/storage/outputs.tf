# Names only, once the bucket refuses plain transport and public access.
output "names" {
  value      = { for kind, bucket in aws_s3_bucket.this : kind => bucket.bucket }
  depends_on = [aws_s3_bucket_policy.this, aws_s3_bucket_server_side_encryption_configuration.this]
}
