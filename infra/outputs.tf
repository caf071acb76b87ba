output "buckets" {
  description = "The bucket of each zone, of artefacts and of logs."
  value       = module.storage.names
}

output "lake" {
  description = "Where the lake's own files lie; what jobs are given as --lake."
  value       = local.lake
}

output "private" {
  description = "Where lies what must not lie with the lake: the head of the audit log, who an erasure under way is about."
  value       = "s3://${module.storage.names["artefacts"]}/${local.declared.folders.private}"
}

output "state_machine_arn" {
  description = "Runs the chain: stage, build, check."
  value       = module.orchestration.state_machine_arn
}

output "jobs" {
  description = "The Glue job of each step."
  value       = module.jobs.names
}

output "roles" {
  description = "Roles of jobs, of people who read, and of who lands files."
  value = {
    jobs      = module.access.job_roles
    readers   = module.access.reader_roles
    producers = module.access.producer_roles
  }
}

output "workgroups" {
  description = "Athena's workgroup of each role."
  value       = module.query.workgroups
}

output "named_queries" {
  description = "Ids of the named queries by name."
  value       = module.query.named_queries
}

output "secrets" {
  description = "Secrets that hold the lake's keys."
  value       = module.foundation.secrets
}

output "database" {
  description = "The database of the catalog."
  value       = module.catalog.database
}

output "stream" {
  description = "The delivery stream that messages of Step Trainers take into the landing zone."
  value       = module.ingest.stream
}
