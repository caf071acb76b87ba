"""What runs on AWS: a job a step, what each may touch, what alarms watch."""
