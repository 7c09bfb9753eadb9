"""A Bento of the tests' artifact, built once for a module that serves it."""

from pathlib import Path

import pytest

from bentos.asr.build import build


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where BentoML keeps what it builds."""
    return tmp_path_factory.mktemp("bentoml")


@pytest.fixture(scope="module")
def tag(artifact: Path, home: Path) -> str:
    """The service around the tests' artifact."""
    return build(artifact, "1", home)
