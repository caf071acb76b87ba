output "stream" { value = aws_kinesis_firehose_delivery_stream.readings.name }
