"""The Terraform modules as python-hcl2 reads them: whole in themselves, closed and encrypted.

Terraform itself cannot be had everywhere, and asks the providers: nothing is
planned or applied here.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import yaml

from .known import images
from .programs import DEPLOY

hcl2 = pytest.importorskip("hcl2", reason="needs the extra deploy")

FOLDER = DEPLOY / "terraform"
CHART = DEPLOY / "helm/ovoz"
MODULES = ("aws", "gcp", "azure")
CLOSED: dict[str, dict[str, Any]] = {
    "aws_kms_key": {"enable_key_rotation": True},
    "aws_db_instance": {
        "storage_encrypted": True, "publicly_accessible": False, "deletion_protection": True,
    },
    "aws_elasticache_replication_group": {
        "at_rest_encryption_enabled": True, "transit_encryption_enabled": True,
    },
    "aws_efs_file_system": {"encrypted": True},
    "aws_ecr_repository": {"image_tag_mutability": "IMMUTABLE"},
    "aws_s3_bucket_public_access_block": {
        "block_public_acls": True, "block_public_policy": True,
        "ignore_public_acls": True, "restrict_public_buckets": True,
    },
    "google_storage_bucket": {
        "uniform_bucket_level_access": True, "public_access_prevention": "enforced",
    },
    "google_redis_instance": {
        "auth_enabled": True, "transit_encryption_mode": "SERVER_AUTHENTICATION",
    },
    "azurerm_storage_account": {
        "https_traffic_only_enabled": True, "allow_nested_items_to_be_public": False,
        "shared_access_key_enabled": False, "infrastructure_encryption_enabled": True,
    },
    "azurerm_storage_container": {"container_access_type": "private"},
    "azurerm_postgresql_flexible_server": {"public_network_access_enabled": False},
    "azurerm_redis_cache": {
        "non_ssl_port_enabled": False, "public_network_access_enabled": False,
    },
    "azurerm_container_registry": {"admin_enabled": False, "anonymous_pull_enabled": False},
    "azurerm_kubernetes_cluster": {"local_account_disabled": True},
}  # fmt: skip
"""What these resources must say."""
ENCRYPTED_BY_OUR_KEY = (
    "aws_cloudwatch_log_group",
    "aws_db_instance",
    "aws_efs_file_system",
    "aws_elasticache_replication_group",
    "aws_secretsmanager_secret",
)


@cache
def text(module: str) -> str:
    return "\n".join(file.read_text("utf-8") for file in sorted((FOLDER / module).glob("*.tf")))


@cache
def read(module: str) -> dict[str, Any]:
    options = hcl2.SerializationOptions(
        with_comments=False, explicit_blocks=False, strip_string_quotes=True
    )
    return hcl2.loads(text(module) + "\n", serialization_options=options)


def named(module: str, section: str) -> dict[str, dict[str, Any]]:
    """Variables or outputs by name."""
    return {name: body for one in read(module)[section] for name, body in one.items()}


def resources(module: str, kind: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for one in read(module)["resource"]:
        found |= one.get(kind, {})
    return found


def statements(module: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every statement of a policy, with the policy's name."""
    for one in read(module)["data"]:
        for name, policy in one.get("aws_iam_policy_document", {}).items():
            for statement in policy["statement"]:
                yield name, statement


@pytest.mark.parametrize("module", MODULES)
def test_variables_and_outputs_are_described_typed_and_used(module) -> None:
    for name, variable in named(module, "variable").items():
        assert variable["description"], name
        assert variable["type"], name
        assert re.search(rf"\bvar\.{name}\b", text(module).replace(f'variable "{name}"', "")), name
    assert all(output["description"] for output in named(module, "output").values())


@pytest.mark.parametrize("module", MODULES)
def test_what_is_referred_to_is_declared(module) -> None:
    body = re.sub(r"#.*", "", text(module))
    variables = set(re.findall(r"\bvar\.(\w+)", body))
    assert variables <= named(module, "variable").keys()
    declared_locals = {name for one in read(module).get("locals", ()) for name in one}
    assert set(re.findall(r"\blocal\.(\w+)", body)) <= declared_locals
    for section, pattern in (
        ("data", r"\bdata\.(\w+)\.(\w+)"),
        ("resource", r"(?<![.\w\"/])((?:aws|google|azurerm|random)_\w+)\.(\w+)"),
    ):
        declared = {
            (kind, name)
            for one in read(module).get(section, ())
            for kind, bodies in one.items()
            for name in bodies
        }
        assert set(re.findall(pattern, body)) <= declared


@pytest.mark.parametrize("module", MODULES)
def test_versions_are_pinned(module) -> None:
    (terraform,) = read(module)["terraform"]
    assert terraform["required_version"].startswith("~>")
    (providers,) = terraform["required_providers"]
    used = {kind.partition("_")[0] for one in read(module)["resource"] for kind in one}
    assert used == providers.keys()
    for provider in providers.values():
        assert provider["version"].startswith("~>")


@pytest.mark.parametrize(
    ("module", "kind"),
    [(module, kind) for module in MODULES for kind in CLOSED if resources(module, kind)],
)
def test_stores_are_closed_and_encrypted(module, kind) -> None:
    for name, resource in resources(module, kind).items():
        assert CLOSED[kind].items() <= resource.items(), name


def test_no_kind_is_held_that_no_module_has() -> None:
    for kind in (*CLOSED, *ENCRYPTED_BY_OUR_KEY):
        assert any(resources(module, kind) for module in MODULES), kind


@pytest.mark.parametrize("kind", ENCRYPTED_BY_OUR_KEY)
def test_what_lies_on_disks_has_our_key(kind) -> None:
    for name, resource in resources("aws", kind).items():
        assert resource["kms_key_id"] == "${aws_kms_key.this.arn}", name


def test_every_bucket_is_private_encrypted_versioned_and_asked_over_tls() -> None:
    assert set(resources("aws", "aws_s3_bucket")) == {"this"}
    for part in (
        "aws_s3_bucket_public_access_block",
        "aws_s3_bucket_server_side_encryption_configuration",
        "aws_s3_bucket_versioning",
        "aws_s3_bucket_policy",
    ):
        assert resources("aws", part)["this"]["for_each"] == "${local.buckets}", part
    (denied,) = [one for name, one in statements("aws") if one.get("effect") == "Deny"]
    assert denied["condition"][0]["variable"] == "aws:SecureTransport"


def test_only_https_is_open_to_everybody() -> None:
    rules = resources("aws", "aws_vpc_security_group_ingress_rule")
    opened = {name for name, rule in rules.items() if rule.get("cidr_ipv4") == "0.0.0.0/0"}
    assert opened == {"gateway"}
    assert rules["gateway"]["from_port"] == rules["gateway"]["to_port"] == 443
    assert "cidr_ipv6" not in text("aws")
    assert not any("ingress" in one for one in resources("aws", "aws_security_group").values())
    for module in ("gcp", "azure"):
        assert "0.0.0.0/0" not in text(module)


def test_roles_may_do_what_is_named_on_what_is_named() -> None:
    for name, statement in statements("aws"):
        allowed = statement.get("effect", "Allow") == "Allow"
        if allowed and name != "key":
            assert not any("*" in action for action in statement["actions"]), name
        if allowed and statement.get("resources") == ["*"]:
            assert name in {"key", "names"}
    assert not re.search("AdministratorAccess|PowerUser|FullAccess", text("aws"))


def test_no_output_tells_a_password() -> None:
    for module in MODULES:
        for name, output in named(module, "output").items():
            assert not re.search("password|auth_string|access_key", str(output)), name


@pytest.mark.parametrize("module", MODULES)
def test_outputs_fit_the_chart(module) -> None:
    schema = yaml.safe_load((CHART / "values.schema.json").read_text("utf-8"))
    given = named(module, "output")["chart_values"]["value"]
    for name, values in given.items():
        assert values.keys() <= schema["properties"][name]["properties"].keys()
    assert given["image"]["repository"]


def test_every_image_has_a_repository() -> None:
    assert set(named("aws", "variable")["images"]["default"]) <= images()
    for image in ("asr-api", "asr-model", "worker"):
        assert image in named("aws", "variable")["images"]["default"]


def test_gpu_nodes_are_those_that_production_selects() -> None:
    model = yaml.safe_load((CHART / "production.yaml").read_text("utf-8"))["model"]
    ((label, value),) = model["nodeSelector"].items()
    (tolerated,) = model["tolerations"]
    for module in MODULES:
        assert f'{{ "{label}" = "{value}" }}' in text(module)
        assert tolerated["key"] in text(module).replace(label, "")
