# Buckets: artifacts of MLflow, recordings and corpora, and the log of who asked for them.
locals {
  buckets = toset(["models", "recordings", "access-logs"])
}

resource "aws_s3_bucket" "this" {
  for_each = local.buckets
  bucket   = "${var.name}-${each.value}-${local.account}-${var.region}"
}

resource "aws_s3_bucket_public_access_block" "this" {
  for_each                = local.buckets
  bucket                  = aws_s3_bucket.this[each.value].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "this" {
  for_each = local.buckets
  bucket   = aws_s3_bucket.this[each.value].id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

# S3 writes access logs into buckets with its own keys alone.
resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  for_each = local.buckets
  bucket   = aws_s3_bucket.this[each.value].id

  rule {
    bucket_key_enabled = each.value != "access-logs"
    apply_server_side_encryption_by_default {
      sse_algorithm     = each.value == "access-logs" ? "AES256" : "aws:kms"
      kms_master_key_id = each.value == "access-logs" ? null : aws_kms_key.this.arn
    }
  }
}

resource "aws_s3_bucket_versioning" "this" {
  for_each = local.buckets
  bucket   = aws_s3_bucket.this[each.value].id

  versioning_configuration {
    status = "Enabled"
  }
}

# Recordings that somebody withdrew are gone for good after 30 days.
resource "aws_s3_bucket_lifecycle_configuration" "this" {
  for_each = local.buckets
  bucket   = aws_s3_bucket.this[each.value].id

  rule {
    id     = "old-versions"
    status = "Enabled"
    filter {}

    noncurrent_version_expiration {
      noncurrent_days = 30
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  depends_on = [aws_s3_bucket_versioning.this]
}

resource "aws_s3_bucket_logging" "this" {
  for_each      = setsubtract(local.buckets, ["access-logs"])
  bucket        = aws_s3_bucket.this[each.value].id
  target_bucket = aws_s3_bucket.this["access-logs"].id
  target_prefix = "${each.value}/"
}

data "aws_iam_policy_document" "bucket" {
  for_each = local.buckets

  statement {
    sid       = "OnlyOverTls"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.this[each.value].arn, "${aws_s3_bucket.this[each.value].arn}/*"]
    principals {
      type        = "*"
      identifiers = ["*"]
    }
    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }

  dynamic "statement" {
    for_each = each.value == "access-logs" ? ["Logs"] : []
    content {
      sid       = statement.value
      actions   = ["s3:PutObject"]
      resources = ["${aws_s3_bucket.this["access-logs"].arn}/*"]
      principals {
        type        = "Service"
        identifiers = ["logging.s3.amazonaws.com"]
      }
      condition {
        test     = "StringEquals"
        variable = "aws:SourceAccount"
        values   = [local.account]
      }
    }
  }
}

resource "aws_s3_bucket_policy" "this" {
  for_each   = local.buckets
  bucket     = aws_s3_bucket.this[each.value].id
  policy     = data.aws_iam_policy_document.bucket[each.value].json
  depends_on = [aws_s3_bucket_public_access_block.this]
}

# The claim of jobs: recordings that wait, on a file system that all pods write to.

resource "aws_efs_file_system" "jobs" {
  encrypted       = true
  kms_key_id      = aws_kms_key.this.arn
  throughput_mode = "elastic"
}

resource "aws_efs_backup_policy" "jobs" {
  file_system_id = aws_efs_file_system.jobs.id

  backup_policy {
    status = "ENABLED"
  }
}

resource "aws_security_group" "files" {
  name        = "${var.name}-files"
  description = "NFS, from the nodes alone"
  vpc_id      = aws_vpc.this.id
}

resource "aws_vpc_security_group_ingress_rule" "files" {
  security_group_id            = aws_security_group.files.id
  description                  = "NFS from the nodes"
  referenced_security_group_id = aws_eks_cluster.this.vpc_config[0].cluster_security_group_id
  from_port                    = 2049
  to_port                      = 2049
  ip_protocol                  = "tcp"
}

resource "aws_efs_mount_target" "jobs" {
  for_each        = aws_subnet.private
  file_system_id  = aws_efs_file_system.jobs.id
  subnet_id       = each.value.id
  security_groups = [aws_security_group.files.id]
}
