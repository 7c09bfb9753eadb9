"""A Bento in an environment with nothing but what it names: it serves, and its SBOM is true."""

import json
import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from typer.testing import CliRunner

from bentos.asr import contents, inventory
from bentos.asr.build import build, for_bentoml
from bentos.asr.image import find_packages
from ovoz.engine.artifact.storage import read_description
from ovoz.serving.auth.network import free_port
from tests.service.processes import wait_until_ready

from .conftest import OUTSIDE, uv

LIMIT_MB = 600


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("workspace") / ".ovoz/bentoml"


@pytest.fixture(scope="module")
def bento(artifact: Path, home: Path) -> Path:
    """The folder of a Bento of the tests' artifact."""
    tag = build(artifact, "1", home)
    return home / "bentos" / tag.replace(":", "/")


def sbom_of(bento: Path) -> Path:
    return bento / "src" / inventory.SBOM_FILE


@pytest.mark.slow
def test_the_sbom_is_valid_and_names_model_code_and_licences(bento: Path, artifact: Path) -> None:
    text = sbom_of(bento).read_text("utf-8")
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    told = json.loads(text)
    by_name = {one["name"]: one for one in told["components"]}
    description = read_description(artifact)
    model = by_name[description.name]
    assert model["type"] == "machine-learning-model"
    assert model["hashes"][0]["content"] == description.files[description.served_file]
    assert by_name["ovoz"]["licenses"] == [{"license": {"id": "Apache-2.0"}}]
    numpy = by_name["numpy"]
    assert numpy["purl"] == f"pkg:pypi/numpy@{numpy['version']}"
    parts = list(inventory.read_parts(sbom_of(bento)))
    unknown = [part.name for part in parts if part.licence == "not stated"]
    # A model's terms are on its card; taskiq-dependencies (MIT) says nothing in its metadata.
    assert unknown == [description.name, "taskiq-dependencies"]
    copyleft = [part for part in parts if part.licence.startswith(("GPL", "AGPL"))]
    assert copyleft == []
    again = inventory.SBOM_FILE
    packages = find_packages(description, traffic_log=False)
    inventory.write_sbom(bento / "src", f"{bento.parent.name}:{bento.name}", artifact, packages)
    assert (
        json.loads((bento / "src" / again).read_text("utf-8"))["serialNumber"]
        == (told["serialNumber"])
    )


@pytest.mark.slow
def test_the_command_shows_sizes_and_refuses_what_is_too_large(
    bento: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(home.parents[1])
    monkeypatch.setenv("COLUMNS", "150")
    app = contents.typer.Typer()
    app.command()(contents.show)
    tag = f"{bento.parent.name}:{bento.name}"
    shown = CliRunner().invoke(app, [tag, "--at-most-mb", str(LIMIT_MB)])
    assert shown.exit_code == 0, shown.output
    assert "Apache-2.0" in shown.output
    assert CliRunner().invoke(app, [tag, "--at-most-mb", "50"]).exit_code == 1
    assert CliRunner().invoke(app, ["ovoz_asr:none"]).exit_code == 2


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_it_serves_where_nothing_else_is_installed(
    bento: Path, home: Path, clip: Path, tmp_path: Path
) -> None:
    environment = tmp_path / "venv"
    uv("venv", "--quiet", "--python", sys.executable, environment)
    python = environment / "bin/python"
    requirements = bento / "env/python/requirements.txt"
    uv("pip", "install", "--quiet", "--python", python, "--requirement", requirements)
    installed = {file.name for file in environment.glob("lib/python3*/site-packages/*.dist-info")}
    assert not [name for name in installed if name.startswith(("torch-", "zenml-", "dvc-"))]
    parts = {
        f"{part.name.replace('-', '_')}-{part.version}".lower()
        for part in inventory.read_parts(sbom_of(bento))
    }
    named = {name.removesuffix(".dist-info").replace("-", "_", 0).lower() for name in installed}
    assert {name.replace(".", "_") for name in named} <= {name.replace(".", "_") for name in parts}
    size_mb = sum(
        file.stat().st_size for file in environment.rglob("*")
        if file.is_file() and not file.is_symlink() and file.suffix != ".pyc"
    ) / 1e6  # fmt: skip
    assert size_mb < LIMIT_MB
    port = str(free_port())
    command = [python, "-m", "bentoml", "serve", str(bento), "--host", "127.0.0.1", "--port", port]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [str(part) for part in command], cwd=tmp_path, stdout=log, stderr=log,
            env=OUTSIDE | for_bentoml(tmp_path / "bentoml"),
            start_new_session=True,
        )  # fmt: skip
    try:
        wait_until_ready(f"http://127.0.0.1:{port}/readyz", process)
        with clip.open("rb") as sound:
            answer = httpx.post(
                f"http://127.0.0.1:{port}/transcribe", files={"file": sound}, timeout=60,
                trust_env=False,
            )  # fmt: skip
        assert answer.status_code == 200, answer.text
        assert answer.json()["text"]
    finally:
        os.killpg(process.pid, 15)
        process.wait(30)
