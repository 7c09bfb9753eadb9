"""Clients built as they are released, and installed where nothing else of ours is."""

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from .conftest import OUTSIDE, ROOT, uv

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def built(client: str, folder: Path) -> Path:
    """The wheel of a client, by way of its source distribution."""
    uv("build", "--quiet", "--out-dir", folder, ROOT / "clients" / client)
    (wheel,) = folder.glob("*.whl")
    return wheel


def test_the_python_client(tmp_path: Path) -> None:
    wheel = built("python", tmp_path / "dist")
    names = set(ZipFile(wheel).namelist())
    assert "ovoz_client/py.typed" in names
    assert all(name.startswith(("ovoz_client/", "ovoz_client-")) for name in names)
    uv("venv", "--quiet", "--python", sys.executable, tmp_path / "venv")
    python = tmp_path / "venv/bin/python"
    uv("pip", "install", "--quiet", "--python", python, wheel)
    code = "import ovoz_client; print(ovoz_client.Client('http://127.0.0.1:1').close())"
    done = subprocess.run(
        [python, "-c", code], cwd=tmp_path, env=OUTSIDE, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, "None\n"), done.stderr


def test_the_plugin_of_livekit_shares_its_namespace(tmp_path: Path) -> None:
    """Its installation is tested where LiveKit is, in ``tests/clients/livekit``."""
    names = set(ZipFile(built("livekit", tmp_path / "dist")).namelist())
    assert "livekit/plugins/ovoz/py.typed" in names
    assert not {"livekit/__init__.py", "livekit/plugins/__init__.py"} & names


@pytest.mark.parametrize(
    ("bridge", "option"), [("audiosocket", "--recordings"), ("wyoming", "--allow")]
)
def test_a_bridge_starts_where_nothing_else_is(bridge, option, tmp_path: Path) -> None:
    wheels = [built(name, tmp_path / name) for name in ("python", bridge)]
    uv("venv", "--quiet", "--python", sys.executable, tmp_path / "venv")
    python = tmp_path / "venv/bin/python"
    uv("pip", "install", "--quiet", "--python", python, *wheels)
    command = [tmp_path / f"venv/bin/ovoz-{bridge}", "--help"]
    done = subprocess.run(command, cwd=tmp_path, env=OUTSIDE, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert option in done.stdout
