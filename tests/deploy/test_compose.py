"""The Compose stack as Compose itself understands it."""

import json
import re
from functools import cache
from typing import Any

import pytest

from collector.settings import BotSettings, RecogniserSettings, StorageSettings
from ovoz.serving.auth.api_keys import ApiKeys
from ovoz.serving.job_settings import JobsSettings, WebhookSettings
from ovoz.serving.model_settings import ModelSettings

from .known import images, variables
from .programs import DEPLOY, run, script

FILE = DEPLOY / "compose/compose.yaml"
PROFILES = ("minimal", "full", "gpu")
OURS = "registry.example.org/ovoz/"


@cache
def stack(profile: str) -> dict[str, Any]:
    return json.loads(
        run("docker-compose", "-f", FILE, "--profile", profile, "config", "--format", "json")
    )


def services() -> list[tuple[str, str]]:
    return [(profile, name) for profile in PROFILES for name in stack(profile)["services"]]


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """The folder of secrets that the script writes."""
    folder = tmp_path_factory.mktemp("drawn") / "secrets"
    script("compose/make_secrets.py").write(folder)
    return folder


@pytest.mark.parametrize("profile", PROFILES)
def test_every_service_is_bounded_and_may_do_little(profile) -> None:
    for name, service in stack(profile)["services"].items():
        assert service["read_only"], name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert not service.get("privileged"), name
        assert service["deploy"]["resources"]["limits"].keys() >= {"cpus", "memory"}, name
        assert service["logging"]["options"]["max-size"], name


@pytest.mark.parametrize("profile", PROFILES)
def test_names_of_variables_images_and_neighbours_exist(profile) -> None:
    known, names = variables(), stack(profile)["services"]
    answered = set(names)
    for service in names.values():
        for network in service["networks"].values():
            answered |= set((network or {}).get("aliases", ()))
    for name, service in names.items():
        environment = service.get("environment") or {}
        if service["image"].startswith(OURS) and name != "mlflow":
            assert set(environment) <= known, name
            assert service["image"].removeprefix(OURS).partition(":")[0] in images()
        for value in environment.values():
            for host in re.findall(r"://(?:[^@/]*@)?([a-z0-9-]+)[:/]", value or ""):
                assert host in answered, f"{name}: {host}"


@pytest.mark.parametrize("profile", PROFILES)
def test_only_the_gateway_is_reached_from_outside(profile) -> None:
    for name, service in stack(profile)["services"].items():
        for port in service.get("ports", ()):
            assert name == "gateway" or port.get("host_ip") == "127.0.0.1", name
    if profile != "minimal":
        assert stack(profile)["networks"]["inside"]["internal"]


def test_passwords_are_files_alone_and_all_are_drawn(drawn) -> None:
    assert {file.name for file in drawn.iterdir()} == set(stack("full")["secrets"]) | set(
        stack("gpu")["secrets"]
    )
    assert drawn.stat().st_mode & 0o077 == 0
    for profile, name in services():
        environment = stack(profile)["services"][name].get("environment") or {}
        for variable in environment:
            assert not re.search("PASSWORD$|SECRET$|TOKEN$|_KEY$", variable), name


def test_our_settings_read_the_drawn_secrets(drawn, monkeypatch) -> None:
    monkeypatch.setenv("OVOZ_JOBS_DIR", str(drawn))
    jobs = JobsSettings(_secrets_dir=drawn)
    assert jobs.database_url.endswith("@postgres/ovoz")
    assert jobs.broker_url.endswith("@rabbitmq/")
    assert WebhookSettings(_secrets_dir=drawn).secret.startswith("whsec_")
    assert StorageSettings(_secrets_dir=drawn).database_url.endswith("@postgres/collector")
    assert BotSettings(_secrets_dir=drawn).token.get_secret_value() == ""
    keys = ApiKeys.configured("", drawn / "api_keys")
    for key in (
        ModelSettings(_secrets_dir=drawn).key,
        RecogniserSettings(_secrets_dir=drawn).key.get_secret_value(),
        (drawn / "metrics_key").read_text("utf-8"),
    ):
        assert keys.caller(key)
