# What pods may do, one role for each service account. The service itself needs none: it reads secrets as files and
# models through MLflow.
locals {
  # Namespace and service account by role; those of add-ons are associated where the add-on is.
  pods = {
    mlflow           = ["mlflow", "mlflow"]
    external-secrets = ["external-secrets", "external-secrets"]
    external-dns     = ["external-dns", "external-dns"]
    cert-manager     = ["cert-manager", "cert-manager"]
  }
  addon_roles = ["network", "files"]
}

data "aws_iam_policy_document" "pod_assume" {
  statement {
    actions = ["sts:AssumeRole", "sts:TagSession"]
    principals {
      type        = "Service"
      identifiers = ["pods.eks.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

resource "aws_iam_role" "pod" {
  for_each           = toset(concat(keys(local.pods), local.addon_roles))
  name               = "${var.name}-${each.value}"
  assume_role_policy = data.aws_iam_policy_document.pod_assume.json
}

resource "aws_eks_pod_identity_association" "this" {
  for_each        = local.pods
  cluster_name    = aws_eks_cluster.this.name
  namespace       = each.value[0]
  service_account = each.value[1]
  role_arn        = aws_iam_role.pod[each.key].arn
}

resource "aws_iam_role_policy_attachment" "network" {
  role       = aws_iam_role.pod["network"].name
  policy_arn = "arn:${local.partition}:iam::aws:policy/AmazonEKS_CNI_Policy"
}

resource "aws_iam_role_policy_attachment" "files" {
  role       = aws_iam_role.pod["files"].name
  policy_arn = "arn:${local.partition}:iam::aws:policy/service-role/AmazonEFSCSIDriverPolicy"
}

data "aws_iam_policy_document" "mlflow" {
  statement {
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.this["models"].arn]
  }
  statement {
    actions   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
    resources = ["${aws_s3_bucket.this["models"].arn}/*"]
  }
  statement {
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [aws_kms_key.this.arn]
    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["s3.${var.region}.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "external_secrets" {
  statement {
    actions   = ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"]
    resources = [for each in aws_secretsmanager_secret.this : each.arn]
  }
  statement {
    actions   = ["kms:Decrypt"]
    resources = [aws_kms_key.this.arn]
    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["secretsmanager.${var.region}.amazonaws.com"]
    }
  }
}

# Route 53 lists zones and tells of changes for all resources or none.
data "aws_iam_policy_document" "names" {
  statement {
    actions   = ["route53:ChangeResourceRecordSets", "route53:ListResourceRecordSets"]
    resources = [aws_route53_zone.this.arn]
  }
  statement {
    actions   = ["route53:ListHostedZones", "route53:ListHostedZonesByName", "route53:GetChange"]
    resources = ["*"]
  }
}

resource "aws_iam_role_policy" "pod" {
  for_each = {
    mlflow           = data.aws_iam_policy_document.mlflow.json
    external-secrets = data.aws_iam_policy_document.external_secrets.json
    external-dns     = data.aws_iam_policy_document.names.json
    cert-manager     = data.aws_iam_policy_document.names.json
  }
  role   = aws_iam_role.pod[each.key].id
  policy = each.value
}
