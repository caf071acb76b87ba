environment = "prod"
region      = "eu-central-1"
budget_usd  = 1000
workers     = 20
producers = {
  customer      = { accounts = [], external_id = "stedi-website" }
  accelerometer = { accounts = [], external_id = "stedi-app" }
}
