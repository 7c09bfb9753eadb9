output "chart_values" {
  description = "Values of deploy/helm/ovoz."
  value = {
    image = {
      repository = "${var.region}-docker.pkg.dev/${var.project}/${google_artifact_registry_repository.this.name}"
    }
  }
}

output "cluster" {
  description = "Name of the cluster, for gcloud container clusters get-credentials."
  value       = google_container_cluster.this.name
}

output "buckets" {
  description = "Names of the buckets by what lies in them."
  value       = { for name, bucket in google_storage_bucket.this : name => bucket.name }
}

output "secret" {
  description = "Secret that external-secrets brings to Kubernetes."
  value       = google_secret_manager_secret.addresses.secret_id
}

output "redis_authority" {
  description = "Certificates that pods must trust to ask Redis."
  value       = google_redis_instance.this.server_ca_certs[*].cert
}
