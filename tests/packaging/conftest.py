"""The wheel, and environments with nothing but it and an extra."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from uv import find_uv_bin

ROOT = Path(__file__).resolve().parents[2]
OUTSIDE = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
"""Our variables without the path that would lead back into the repository."""


def uv(*arguments: object) -> None:
    """Run uv; with the folder of wheels that pip knows, if there is one, as the Makefile does."""
    wheels = os.environ.get("PIP_FIND_LINKS")
    found = {"UV_FIND_LINKS": wheels} if wheels else {"UV_TORCH_BACKEND": "cpu"}
    command = [find_uv_bin(), *map(str, arguments)]
    done = subprocess.run(command, env=OUTSIDE | found, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project built as it is released."""
    folder = tmp_path_factory.mktemp("dist")
    uv("build", "--quiet", "--wheel", "--out-dir", folder, ROOT)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="session")
def install(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Install the wheel with extras, such as ``[serve]``; the environment's folder of programs."""

    def installed(extras: str) -> Path:
        environment = tmp_path_factory.mktemp("clean") / "venv"
        uv("venv", "--quiet", "--python", sys.executable, environment)
        programs = environment / "bin"
        pinned = ("--constraint", ROOT / "constraints.txt")
        python = ("--python", programs / "python")
        uv("pip", "install", "--quiet", *python, *pinned, f"ovoz{extras} @ {wheel.as_uri()}")
        return programs

    return installed
