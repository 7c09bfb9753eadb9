"""The page's modules that touch no document, in node's own test runner."""

import shutil
import subprocess
from pathlib import Path

import pytest

TESTS = Path(__file__).parent / "js"


def test_modules() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node here")
    major = subprocess.run([node, "--version"], capture_output=True, text=True).stdout
    if int(major.lstrip("v").split(".")[0]) < 20:
        pytest.skip(f"node {major.strip()}: 20 is needed")
    files = [str(file) for file in sorted(TESTS.glob("*.test.mjs"))]
    assert files
    done = subprocess.run([node, "--test", *files], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
