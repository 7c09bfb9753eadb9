variable "subscription" {
  description = "Id of the subscription."
  type        = string

  validation {
    condition     = can(regex("^[0-9a-f-]{36}$", var.subscription))
    error_message = "subscription: a UUID."
  }
}

variable "name" {
  description = "Name of the deployment, at the beginning of every name; those of storage and registry must be free worldwide."
  type        = string
  default     = "ovoz"

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{1,12}$", var.name))
    error_message = "name: 2 to 13 small letters and digits, a letter first."
  }
}

variable "location" {
  description = "Region; it needs three zones and the GPU machines."
  type        = string
}

variable "administrators" {
  description = "Ids of Entra groups that administer the cluster."
  type        = list(string)

  validation {
    condition     = length(var.administrators) > 0
    error_message = "administrators: at least one group, or nobody reaches the cluster."
  }
}

variable "administrator_networks" {
  description = "Networks from which the cluster's API may be asked."
  type        = set(string)

  validation {
    condition     = alltrue([for each in var.administrator_networks : can(cidrnetmask(each)) && !endswith(each, "/0")])
    error_message = "administrator_networks: IPv4 networks, and not the whole internet."
  }
}

variable "cpu_nodes" {
  description = "Nodes of API and workers: machine, and how few and how many."
  type        = object({ type = string, least = number, most = number })
  default     = { type = "Standard_D4s_v5", least = 3, most = 12 }
}

variable "gpu_nodes" {
  description = "Nodes of models, with an NVIDIA GPU each: machine, and how few and how many."
  type        = object({ type = string, least = number, most = number })
  default     = { type = "Standard_NC4as_T4_v3", least = 0, most = 4 }
}

variable "database_type" {
  description = "Machine of PostgreSQL."
  type        = string
  default     = "GP_Standard_D2ds_v5"
}
