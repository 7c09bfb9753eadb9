output "chart_values" {
  description = "Values of deploy/helm/ovoz: terraform output -json chart_values > values.json; helm --values values.json."
  value = {
    image = {
      repository = "${local.account}.dkr.ecr.${var.region}.amazonaws.com/${var.name}"
    }
    model = {
      accelerator  = var.gpu_nodes.most > 0 ? "cuda" : "cpu"
      nodeSelector = { for key, value in { "nvidia.com/gpu.present" = "true" } : key => value if var.gpu_nodes.most > 0 }
      tolerations  = [for key in ["nvidia.com/gpu"] : { key = key, operator = "Exists", effect = "NoSchedule" } if var.gpu_nodes.most > 0]
    }
    ingress = {
      host = var.host
    }
  }
}

output "cluster" {
  description = "Name of the cluster, for aws eks update-kubeconfig."
  value       = aws_eks_cluster.this.name
}

output "buckets" {
  description = "Names of the buckets by what lies in them; models is MLflow's --artifacts-destination."
  value       = { for name, bucket in aws_s3_bucket.this : name => bucket.bucket }
}

output "file_system" {
  description = "EFS on which the claim of jobs lies (jobs.claim)."
  value       = aws_efs_file_system.jobs.id
}

output "secrets" {
  description = "Secrets that external-secrets brings to Kubernetes as one (secret)."
  value       = [for each in aws_secretsmanager_secret.this : each.name]
}

output "gateway_security_group" {
  description = "Group of the load balancer before ingress-nginx."
  value       = aws_security_group.gateway.id
}

output "name_servers" {
  description = "To which your registrar delegates the host."
  value       = aws_route53_zone.this.name_servers
}
