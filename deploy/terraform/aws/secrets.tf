# Two secrets, brought to Kubernetes as one by external-secrets: addresses with passwords, which are written here, and
# what people write (api_keys, ovoz_model_key, metrics_key, ovoz_jobs_broker_url, ovoz_jobs_webhook_secret).
locals {
  cache_address = "rediss://:${random_password.cache.result}@${aws_elasticache_replication_group.this.primary_endpoint_address}:6379"
}

resource "aws_secretsmanager_secret" "this" {
  for_each                = toset(["addresses", "keys"])
  name                    = "${var.name}/${each.value}"
  description             = "Files of /run/secrets of ${var.name}: ${each.value}"
  kms_key_id              = aws_kms_key.this.arn
  recovery_window_in_days = 30
}

resource "aws_secretsmanager_secret_version" "addresses" {
  secret_id = aws_secretsmanager_secret.this["addresses"].id
  secret_string = jsonencode({
    ovoz_jobs_database_url  = "postgresql://ovoz:${random_password.database.result}@${aws_db_instance.this.endpoint}/ovoz?sslmode=require"
    ovoz_cache_url          = "${local.cache_address}/0"
    ovoz_feedback_url       = "${local.cache_address}/0"
    ovoz_limits_url         = "${local.cache_address}/0"
    ovoz_streams_resume_url = "${local.cache_address}/0"
  })
}
