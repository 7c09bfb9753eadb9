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
  description = "AWS region; it needs three zones and the GPU instances."
  type        = string

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region: such as eu-central-1."
  }
}

variable "host" {
  description = "Host name of the service; its zone is made here, and your registrar must delegate to its name servers."
  type        = string

  validation {
    condition     = can(regex("^([a-z0-9-]+\\.)+[a-z]{2,}$", var.host))
    error_message = "host: a full name, such as asr.example.org."
  }
}

variable "network" {
  description = "Addresses of the VPC."
  type        = string
  default     = "10.40.0.0/16"

  validation {
    condition     = can(cidrnetmask(var.network)) && endswith(var.network, "/16")
    error_message = "network: a block of /16, such as 10.40.0.0/16."
  }
}

variable "administrators" {
  description = "ARNs of the roles that administer the cluster."
  type        = set(string)

  validation {
    condition     = length(var.administrators) > 0
    error_message = "administrators: at least one role, or nobody reaches the cluster."
  }
}

variable "administrator_networks" {
  description = "Networks from which the cluster's API may be asked; none: from within the VPC alone."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for each in var.administrator_networks : can(cidrnetmask(each)) && !endswith(each, "/0")])
    error_message = "administrator_networks: IPv4 networks, and not the whole internet."
  }
}

variable "kubernetes_version" {
  description = "Version of Kubernetes; the chart needs 1.29 and is checked against 1.31."
  type        = string
  default     = "1.31"

  validation {
    condition     = can(regex("^1\\.(29|[3-9][0-9])$", var.kubernetes_version))
    error_message = "kubernetes_version: 1.29 or newer."
  }
}

variable "cpu_nodes" {
  description = "Nodes of API, workers and everything else: machines, and how few and how many."
  type        = object({ types = list(string), least = number, most = number })
  default     = { types = ["m7i.xlarge"], least = 3, most = 12 }

  validation {
    condition     = var.cpu_nodes.least >= 2 && var.cpu_nodes.most >= var.cpu_nodes.least
    error_message = "cpu_nodes: two or more, and most is not below least."
  }
}

variable "gpu_nodes" {
  description = "Nodes of models, with an NVIDIA GPU each: machines, and how few and how many; most = 0: none."
  type        = object({ types = list(string), least = number, most = number })
  default     = { types = ["g6.xlarge"], least = 1, most = 4 }

  validation {
    condition     = var.gpu_nodes.least >= 0 && var.gpu_nodes.most >= var.gpu_nodes.least
    error_message = "gpu_nodes: most is not below least."
  }
}

variable "images" {
  description = "Images of deploy/images that get a repository."
  type        = set(string)
  default     = ["asr-api", "asr-model", "worker", "collector", "mlflow", "pipelines"]
}

variable "database" {
  description = "PostgreSQL: version, machine, and gigabytes at first and at most."
  type        = object({ version = string, class = string, storage = number, most_storage = number })
  default     = { version = "16", class = "db.m7g.large", storage = 50, most_storage = 500 }

  validation {
    condition     = var.database.storage >= 20 && var.database.most_storage > var.database.storage
    error_message = "database: 20 GB or more, and room to grow."
  }
}

variable "backup_days" {
  description = "For how many days backups of the database and the cache are kept."
  type        = number
  default     = 14

  validation {
    condition     = var.backup_days >= 7 && var.backup_days <= 35
    error_message = "backup_days: 7 to 35."
  }
}

variable "cache_type" {
  description = "Machine of the Redis service."
  type        = string
  default     = "cache.m7g.large"

  validation {
    condition     = startswith(var.cache_type, "cache.")
    error_message = "cache_type: such as cache.m7g.large."
  }
}

variable "log_days" {
  description = "For how many days logs of the cluster, the network and the database are kept."
  type        = number
  default     = 365

  validation {
    condition     = contains([30, 60, 90, 180, 365, 731], var.log_days)
    error_message = "log_days: 30, 60, 90, 180, 365 or 731."
  }
}
