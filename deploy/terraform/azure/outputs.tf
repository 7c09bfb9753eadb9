output "chart_values" {
  description = "Values of deploy/helm/ovoz."
  value = {
    image = {
      repository = "${azurerm_container_registry.this.login_server}/${var.name}"
    }
  }
}

output "cluster" {
  description = "Name of the cluster, for az aks get-credentials."
  value       = azurerm_kubernetes_cluster.this.name
}

output "containers" {
  description = "Names of the containers of blobs."
  value       = [for each in azurerm_storage_container.this : each.name]
}

output "secret" {
  description = "Secret that external-secrets brings to Kubernetes."
  value       = azurerm_key_vault_secret.addresses.name
}
