"""Imports of the served process, and the packages of its Bento."""

import ast
import json
import os
import subprocess
import sys
from functools import cache
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from bentos.asr.build import REQUIREMENTS as BENTO
from ovoz.registry.artifact_logging import REQUIREMENTS as PYFUNC

ROOT = Path(__file__).resolve().parents[2]
FORBIDDEN = {"torch", "transformers", "zenml", "dvc", "great_expectations", "datasets", "mlflow"}
OURS = {"ovoz", "bentos", "registry"}
SERVICE = (
    "import io, sys\n"
    "from starlette.testclient import TestClient\n"
    "import bentos.asr.service as service\n"
    "service.SpeechToText.inner()\n"
    "clip = open(sys.argv[1], 'rb')\n"
    "answer = TestClient(service.APP.built).post('/transcribe', files={'file': clip})\n"
    "assert answer.status_code == 200, answer.text\n"
)
SUPERVISOR = "import sys, bentos.asr.service\n"
"""What the process loads that starts and watches those that serve."""

SERVING = {"onnxruntime", "ovoz.serving.app", "ovoz.serving.inference.loading"}
STORES = {"psycopg", "aio_pika"}
PREDICTION = (
    "import sys, pandas as pd\n"
    "from ovoz.registry.served_model import ServedModel\n"
    "class Context: artifacts = {'model': sys.argv[2]}\n"
    "model = ServedModel()\n"
    "model.load_context(Context)\n"
    "model.predict(Context, pd.DataFrame({'audio': [sys.argv[1]]}))\n"
)


@cache
def loaded_by(code: str, clip: Path, artifact: Path) -> dict[str, str | None]:
    """Every module that a process holds after ``code``, with its file."""
    told = (
        "import json\n"
        "print(json.dumps({n: getattr(m, '__file__', None) for n, m in sys.modules.items()}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code + told, str(clip), str(artifact)],
        cwd=ROOT,
        env=os.environ | {"OVOZ_MODEL_ID": str(artifact), "BENTOML_DO_NOT_TRACK": "True"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def imported_by_us(loaded: dict[str, str | None]) -> set[str]:
    """Top-level names of loaded modules that our own loaded modules import."""
    names: set[str] = set()
    for file in {file for name, file in loaded.items() if name.split(".")[0] in OURS and file}:
        for node in ast.walk(ast.parse(Path(file).read_text("utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.add(node.module.split(".")[0])
    return names & {name.split(".")[0] for name in loaded}


def with_dependencies(names: tuple[str, ...]) -> set[str]:
    """Distributions that an installation of ``names`` brings here, extras left out."""
    found: set[str] = set()
    waiting = [canonicalize_name(name) for name in names]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        for text in requires(name) or []:
            needed = Requirement(text)
            if needed.marker is None or needed.marker.evaluate({"extra": ""}):
                waiting.append(canonicalize_name(needed.name))
    return found


def test_service_loads_no_training_dependency(artifact: Path, clip: Path) -> None:
    assert not {name.split(".")[0] for name in loaded_by(SERVICE, clip, artifact)} & FORBIDDEN


def test_supervisor_loads_neither_api_nor_model(artifact: Path, clip: Path) -> None:
    """They would be loaded twice, one after the other, before a start is ready."""
    loaded = loaded_by(SUPERVISOR, clip, artifact).keys()
    assert not loaded & (SERVING | STORES | {"redis", "sqlalchemy", "opentelemetry"})


def test_service_without_stores_loads_none_of_their_clients(artifact: Path, clip: Path) -> None:
    loaded = loaded_by(SERVICE, clip, artifact).keys()
    assert loaded >= SERVING
    assert not loaded & STORES


@pytest.mark.parametrize(
    ("code", "requirements"), [(SERVICE, BENTO), (PREDICTION, PYFUNC)], ids=["bento", "pyfunc"]
)
def test_package_names_everything_that_is_imported(code, requirements, artifact, clip) -> None:
    installed = with_dependencies(requirements)
    owners = packages_distributions()
    used = imported_by_us(loaded_by(code, clip, artifact)) - OURS - sys.stdlib_module_names
    assert {"numpy", "onnxruntime", "pydantic"} <= used
    missing = {
        name for name in used if not {canonicalize_name(one) for one in owners[name]} & installed
    }
    assert not missing
