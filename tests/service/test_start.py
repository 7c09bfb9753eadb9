"""Settings with which the service refuses to start."""

import hashlib
import shutil
import socket
from pathlib import Path

import click
import pytest

from ovoz.serving.auth.network import is_loopback, listening_host
from ovoz.serving.startup.checks import StartError, checked_keys, read_settings
from tests.service.settings import settings_with

DIGEST = hashlib.sha256(b"secret").hexdigest()


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_loopback_needs_no_key(artifact: Path, host: str) -> None:
    assert is_loopback(host)
    assert not checked_keys(settings_with(model_id=str(artifact)), host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.org", ""])
def test_a_network_needs_one(artifact: Path, host: str) -> None:
    with pytest.raises(StartError, match="OVOZ_API_KEYS_FILE"):
        checked_keys(settings_with(model_id=str(artifact)), host)
    keys = checked_keys(settings_with(model_id=str(artifact), api_keys=DIGEST.upper()), host)
    assert keys.caller("secret") is not None


def test_keys_of_variable_and_file_both_count(artifact: Path, tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(hashlib.sha256(b"other").hexdigest(), "utf-8")
    settings = settings_with(model_id=str(artifact), api_keys=DIGEST, api_keys_file=file)
    keys = checked_keys(settings, None)
    assert keys.caller("secret") is not None
    assert keys.caller("other") is not None
    assert keys.caller("third") is None


def test_a_key_in_place_of_its_hash_is_refused_and_not_repeated(artifact: Path) -> None:
    with pytest.raises(StartError, match="no SHA-256") as stopped:
        checked_keys(settings_with(model_id=str(artifact), api_keys="my-password"), None)
    assert "my-password" not in str(stopped.value)


def test_a_damaged_model_stops_the_start(artifact: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "artifact"
    shutil.copytree(artifact, damaged)
    with (damaged / "encoder.int8.onnx").open("ab") as file:
        file.write(b"x")
    with pytest.raises(StartError, match="hash mismatch"):
        checked_keys(settings_with(model_id=str(damaged)), None)


def test_a_setting_without_sense_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OVOZ_MAX_DURATION_S", "-1")
    with pytest.raises(StartError, match=r"OVOZ_MAX_DURATION_S: .*greater than 0"):
        read_settings()


def test_an_unknown_variable_is_named_with_the_nearest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OVOZ_MAX_DURATION", "10")
    monkeypatch.setenv("OVOZ_TIMEOUT_S", "soon")
    with pytest.raises(StartError) as stopped:
        read_settings()
    assert "OVOZ_MAX_DURATION: no such setting; did you mean OVOZ_MAX_DURATION_S?" in str(
        stopped.value
    )
    assert "OVOZ_TIMEOUT_S: " in str(stopped.value)


def test_variables_of_kubernetes_are_none_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SERVICE_HOST", "SERVICE_PORT_HTTP", "PORT", "PORT_3000_TCP_ADDR"):
        monkeypatch.setenv(f"OVOZ_ASR_{name}", "tcp://10.0.0.1:3000")
    read_settings()


def test_where_the_process_listens() -> None:
    assert listening_host() is None
    with click.Context(click.Command("serve")) as command:
        command.params["host"] = "0.0.0.0"
        assert listening_host() == "0.0.0.0"
    with socket.create_server(("127.0.0.1", 0)) as handed:
        with click.Context(click.Command("worker")) as command:
            command.params["fd"] = handed.fileno()
            assert listening_host() == "127.0.0.1"
        assert handed.getsockname()[1] > 0  # the socket itself stays open


def test_a_log_without_what_writes_it_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ovoz.serving.startup.checks.find_spec", lambda name: None)
    monkeypatch.setenv("OVOZ_TRAFFIC_DIR", "/traffic")
    with pytest.raises(StartError, match=r"OVOZ_TRAFFIC_DIR: pyarrow, .* --traffic-log"):
        read_settings()
    monkeypatch.delenv("OVOZ_TRAFFIC_DIR")
    read_settings()
