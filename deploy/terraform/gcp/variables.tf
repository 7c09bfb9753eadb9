variable "project" {
  description = "Project of Google Cloud, with the APIs of compute, container, sqladmin, redis, secretmanager and servicenetworking."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project))
    error_message = "project: the id of a project."
  }
}

variable "name" {
  description = "Name of the deployment, at the beginning of every name."
  type        = string
  default     = "ovoz"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,15}$", var.name))
    error_message = "name: 2 to 16 small letters, digits and hyphens, a letter first."
  }
}

variable "region" {
  description = "Region; it needs the GPU of gpu_nodes."
  type        = string
}

variable "administrator_networks" {
  description = "Networks from which the cluster's API may be asked."
  type        = list(string)

  validation {
    condition     = alltrue([for each in var.administrator_networks : can(cidrnetmask(each)) && !endswith(each, "/0")])
    error_message = "administrator_networks: IPv4 networks, and not the whole internet."
  }
}

variable "cpu_nodes" {
  description = "Nodes of API and workers in each zone: machine, and how few and how many."
  type        = object({ type = string, least = number, most = number })
  default     = { type = "n2-standard-4", least = 1, most = 4 }
}

variable "gpu_nodes" {
  description = "Nodes of models in each zone: machine and GPU, and how few and how many."
  type        = object({ type = string, gpu = string, least = number, most = number })
  default     = { type = "g2-standard-4", gpu = "nvidia-l4", least = 0, most = 2 }
}

variable "database_tier" {
  description = "Machine of PostgreSQL."
  type        = string
  default     = "db-custom-2-8192"
}
