environment          = "dev"
region               = "eu-central-1"
budget_usd           = 50
workers              = 4
secret_recovery_days = 0
keep_data            = false
schedule             = { run = "cron(5 6-18 * * ? *)", maintain = "cron(35 2 * * ? *)" }
late_after_hours     = 14
producers = {
  customer      = { accounts = [], external_id = "stedi-website" }
  accelerometer = { accounts = [], external_id = "stedi-app" }
}
