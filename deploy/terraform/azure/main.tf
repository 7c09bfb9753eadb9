# The parts of deploy/terraform/aws on Azure; DNS, and roles for MLflow and external-secrets, are yours to add.
provider "azurerm" {
  subscription_id     = var.subscription
  storage_use_azuread = true

  features {
    # The account is closed to who applies this from outside of the network.
    storage {
      data_plane_available = false
    }
  }
}

data "azurerm_client_config" "here" {}

resource "azurerm_resource_group" "this" {
  name     = var.name
  location = var.location
}

# Network

resource "azurerm_virtual_network" "this" {
  name                = var.name
  resource_group_name = azurerm_resource_group.this.name
  location            = var.location
  address_space       = ["10.40.0.0/16"]
}

resource "azurerm_subnet" "nodes" {
  name                 = "nodes"
  resource_group_name  = azurerm_resource_group.this.name
  virtual_network_name = azurerm_virtual_network.this.name
  address_prefixes     = ["10.40.0.0/20"]
  service_endpoints    = ["Microsoft.Storage", "Microsoft.KeyVault"]
}

resource "azurerm_subnet" "database" {
  name                 = "database"
  resource_group_name  = azurerm_resource_group.this.name
  virtual_network_name = azurerm_virtual_network.this.name
  address_prefixes     = ["10.40.16.0/24"]

  delegation {
    name = "postgres"
    service_delegation {
      name    = "Microsoft.DBforPostgreSQL/flexibleServers"
      actions = ["Microsoft.Network/virtualNetworks/subnets/join/action"]
    }
  }
}

resource "azurerm_private_dns_zone" "database" {
  # Not the name of the server, or it would not be resolved.
  name                = "${var.name}-private.postgres.database.azure.com"
  resource_group_name = azurerm_resource_group.this.name
}

resource "azurerm_private_dns_zone_virtual_network_link" "database" {
  name                  = var.name
  resource_group_name   = azurerm_resource_group.this.name
  private_dns_zone_name = azurerm_private_dns_zone.database.name
  virtual_network_id    = azurerm_virtual_network.this.id
}

# Cluster

resource "azurerm_kubernetes_cluster" "this" {
  name                              = var.name
  resource_group_name               = azurerm_resource_group.this.name
  location                          = var.location
  dns_prefix                        = var.name
  sku_tier                          = "Standard"
  automatic_upgrade_channel         = "patch"
  local_account_disabled            = true
  role_based_access_control_enabled = true
  oidc_issuer_enabled               = true
  workload_identity_enabled         = true
  azure_policy_enabled              = true

  default_node_pool {
    name                        = "cpu"
    vm_size                     = var.cpu_nodes.type
    vnet_subnet_id              = azurerm_subnet.nodes.id
    zones                       = ["1", "2", "3"]
    auto_scaling_enabled        = true
    min_count                   = var.cpu_nodes.least
    max_count                   = var.cpu_nodes.most
    host_encryption_enabled     = true
    temporary_name_for_rotation = "cpunew"
  }

  identity {
    type = "SystemAssigned"
  }

  network_profile {
    network_plugin      = "azure"
    network_plugin_mode = "overlay"
    network_policy      = "cilium"
    network_data_plane  = "cilium"
  }

  api_server_access_profile {
    authorized_ip_ranges = var.administrator_networks
  }

  azure_active_directory_role_based_access_control {
    azure_rbac_enabled     = true
    admin_group_object_ids = var.administrators
  }

  key_vault_secrets_provider {
    secret_rotation_enabled = true
  }
}

# Label and taint are those that deploy/helm/ovoz/production.yaml selects and tolerates.
resource "azurerm_kubernetes_cluster_node_pool" "gpu" {
  name                    = "gpu"
  kubernetes_cluster_id   = azurerm_kubernetes_cluster.this.id
  vm_size                 = var.gpu_nodes.type
  vnet_subnet_id          = azurerm_subnet.nodes.id
  auto_scaling_enabled    = true
  min_count               = var.gpu_nodes.least
  max_count               = var.gpu_nodes.most
  host_encryption_enabled = true
  node_labels             = { "nvidia.com/gpu.present" = "true" }
  node_taints             = ["nvidia.com/gpu=present:NoSchedule"]
}

# Images, models and recordings

resource "azurerm_container_registry" "this" {
  name                   = var.name
  resource_group_name    = azurerm_resource_group.this.name
  location               = var.location
  sku                    = "Premium"
  admin_enabled          = false
  anonymous_pull_enabled = false
}

resource "azurerm_role_assignment" "pull" {
  scope                            = azurerm_container_registry.this.id
  role_definition_name             = "AcrPull"
  principal_id                     = azurerm_kubernetes_cluster.this.kubelet_identity[0].object_id
  skip_service_principal_aad_check = true
}

resource "azurerm_storage_account" "this" {
  name                              = var.name
  resource_group_name               = azurerm_resource_group.this.name
  location                          = var.location
  account_tier                      = "Standard"
  account_replication_type          = "ZRS"
  https_traffic_only_enabled        = true
  min_tls_version                   = "TLS1_2"
  allow_nested_items_to_be_public   = false
  shared_access_key_enabled         = false
  infrastructure_encryption_enabled = true

  network_rules {
    default_action             = "Deny"
    bypass                     = ["AzureServices"]
    virtual_network_subnet_ids = [azurerm_subnet.nodes.id]
  }

  blob_properties {
    versioning_enabled = true
    delete_retention_policy {
      days = 30
    }
  }
}

resource "azurerm_storage_container" "this" {
  for_each              = toset(["models", "recordings"])
  name                  = each.value
  storage_account_id    = azurerm_storage_account.this.id
  container_access_type = "private"
}

# Stores

resource "random_password" "database" {
  length  = 32
  special = false
}

resource "azurerm_postgresql_flexible_server" "this" {
  name                          = var.name
  resource_group_name           = azurerm_resource_group.this.name
  location                      = var.location
  version                       = "16"
  sku_name                      = var.database_type
  storage_mb                    = 65536
  auto_grow_enabled             = true
  delegated_subnet_id           = azurerm_subnet.database.id
  private_dns_zone_id           = azurerm_private_dns_zone.database.id
  public_network_access_enabled = false
  administrator_login           = "ovoz"
  administrator_password        = random_password.database.result
  backup_retention_days         = 14
  zone                          = "1"

  high_availability {
    mode                      = "ZoneRedundant"
    standby_availability_zone = "2"
  }

  depends_on = [azurerm_private_dns_zone_virtual_network_link.database]
}

resource "azurerm_postgresql_flexible_server_database" "this" {
  for_each  = toset(["ovoz", "mlflow", "collector"])
  name      = each.value
  server_id = azurerm_postgresql_flexible_server.this.id
}

# Reached by the cluster through a private endpoint alone.
resource "azurerm_redis_cache" "this" {
  name                          = var.name
  resource_group_name           = azurerm_resource_group.this.name
  location                      = var.location
  sku_name                      = "Standard"
  family                        = "C"
  capacity                      = 1
  non_ssl_port_enabled          = false
  minimum_tls_version           = "1.2"
  public_network_access_enabled = false
}

resource "azurerm_private_dns_zone" "cache" {
  name                = "privatelink.redis.cache.windows.net"
  resource_group_name = azurerm_resource_group.this.name
}

resource "azurerm_private_dns_zone_virtual_network_link" "cache" {
  name                  = var.name
  resource_group_name   = azurerm_resource_group.this.name
  private_dns_zone_name = azurerm_private_dns_zone.cache.name
  virtual_network_id    = azurerm_virtual_network.this.id
}

resource "azurerm_private_endpoint" "cache" {
  name                = "${var.name}-cache"
  resource_group_name = azurerm_resource_group.this.name
  location            = var.location
  subnet_id           = azurerm_subnet.nodes.id

  private_service_connection {
    name                           = "cache"
    private_connection_resource_id = azurerm_redis_cache.this.id
    subresource_names              = ["redisCache"]
    is_manual_connection           = false
  }

  private_dns_zone_group {
    name                 = "cache"
    private_dns_zone_ids = [azurerm_private_dns_zone.cache.id]
  }
}

# Addresses with passwords, for external-secrets

resource "azurerm_key_vault" "this" {
  name                       = var.name
  resource_group_name        = azurerm_resource_group.this.name
  location                   = var.location
  tenant_id                  = data.azurerm_client_config.here.tenant_id
  sku_name                   = "standard"
  rbac_authorization_enabled = true
  purge_protection_enabled   = true
  soft_delete_retention_days = 30

  network_acls {
    default_action             = "Deny"
    bypass                     = "AzureServices"
    ip_rules                   = var.administrator_networks
    virtual_network_subnet_ids = [azurerm_subnet.nodes.id]
  }
}

# Who applies this may write into the vault.
resource "azurerm_role_assignment" "vault" {
  scope                = azurerm_key_vault.this.id
  role_definition_name = "Key Vault Secrets Officer"
  principal_id         = data.azurerm_client_config.here.object_id
}

locals {
  cache_address = "rediss://:${urlencode(azurerm_redis_cache.this.primary_access_key)}@${azurerm_redis_cache.this.hostname}:${azurerm_redis_cache.this.ssl_port}/0"
}

resource "azurerm_key_vault_secret" "addresses" {
  name         = "${var.name}-addresses"
  key_vault_id = azurerm_key_vault.this.id
  content_type = "application/json"
  value = jsonencode({
    ovoz_jobs_database_url  = "postgresql://ovoz:${random_password.database.result}@${azurerm_postgresql_flexible_server.this.fqdn}/ovoz?sslmode=require"
    ovoz_cache_url          = local.cache_address
    ovoz_feedback_url       = local.cache_address
    ovoz_limits_url         = local.cache_address
    ovoz_streams_resume_url = local.cache_address
  })

  depends_on = [azurerm_role_assignment.vault]
}
