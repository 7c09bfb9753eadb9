"""Clients are versioned with the API that they call."""

import json
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CLIENTS = sorted((ROOT / "clients").glob("*/pyproject.toml"))


def project(path: Path) -> dict:
    return tomllib.loads(path.read_text("utf-8"))["project"]


@pytest.mark.parametrize("path", CLIENTS, ids=lambda path: path.parent.name)
def test_a_client_has_the_version_of_the_service(path) -> None:
    assert project(path)["version"] == project(ROOT / "pyproject.toml")["version"]


def test_the_javascript_client_has_it_too() -> None:
    described = json.loads((ROOT / "clients/js/package.json").read_text("utf-8"))
    assert described["version"] == project(ROOT / "pyproject.toml")["version"]
