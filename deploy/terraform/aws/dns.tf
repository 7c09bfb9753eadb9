# The zone of the service. The address of the load balancer is written by external-dns, the certificate is cert-manager's;
# none but Let's Encrypt may issue one.
resource "aws_route53_zone" "this" {
  name = var.host
}

resource "aws_route53_record" "issuers" {
  zone_id = aws_route53_zone.this.zone_id
  name    = var.host
  type    = "CAA"
  ttl     = 3600
  records = ["0 issue \"letsencrypt.org\""]
}

# The load balancer's group: ingress-nginx takes it by service.beta.kubernetes.io/aws-load-balancer-security-groups,
# and is reached at its nodes' ports.
resource "aws_security_group" "gateway" {
  name        = "${var.name}-gateway"
  description = "HTTPS from everywhere"
  vpc_id      = aws_vpc.this.id
}

resource "aws_vpc_security_group_ingress_rule" "gateway" {
  security_group_id = aws_security_group.gateway.id
  description       = "HTTPS"
  cidr_ipv4         = "0.0.0.0/0"
  from_port         = 443
  to_port           = 443
  ip_protocol       = "tcp"
}

resource "aws_vpc_security_group_egress_rule" "gateway" {
  security_group_id            = aws_security_group.gateway.id
  description                  = "The nodes, where ingress-nginx listens"
  referenced_security_group_id = aws_eks_cluster.this.vpc_config[0].cluster_security_group_id
  from_port                    = 30000
  to_port                      = 32767
  ip_protocol                  = "tcp"
}

resource "aws_vpc_security_group_ingress_rule" "nodes_from_gateway" {
  security_group_id            = aws_eks_cluster.this.vpc_config[0].cluster_security_group_id
  description                  = "The gateway"
  referenced_security_group_id = aws_security_group.gateway.id
  from_port                    = 30000
  to_port                      = 32767
  ip_protocol                  = "tcp"
}
