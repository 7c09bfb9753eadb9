"""Package the service and one model as a Bento."""

import hashlib
import os
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import yaml

from ovoz.engine.artifact import DESCRIPTION_FILE, read_description

NAME: Final = "ovoz_asr"
_CODE: Final = Path(__file__).resolve().parents[2]
_ROOMS: Final = ("ovoz", "bentos")
_REQUIREMENTS: Final = (
    "av",
    "bentoml",
    "fastapi",
    "flashlight-text",
    "numpy",
    "onnxruntime",
    "pydantic",
    "pydantic-settings",
    "python-multipart",
    "pyyaml",
    "num2words",
    "scipy",
    "soundfile",
    "soxr",
)


class BuildError(RuntimeError):
    """BentoML did not build; the message holds what it said."""


def build(model: Path, model_version: str, bento_home: Path) -> str:
    """The tag of the Bento with ``model`` in it; built only when there is none of it yet.

    Args:
        model: The model artifact.
        model_version: Its version in the registry, for the tag.
        bento_home: BentoML's home; outside of the folder that is packaged.

    Raises:
        ArtifactError: ``model`` is no whole artifact.
        BuildError: BentoML fails.
    """
    read_description(model)
    tag = f"{NAME}:v{model_version}-{_fingerprint(model)}"
    if (bento_home / "bentos" / NAME / tag.partition(":")[2] / "bento.yaml").is_file():
        return tag
    bento_home.mkdir(parents=True, exist_ok=True)
    # The context holds what is served and nothing else; a folder of its own also keeps BentoML
    # from packing its own store.
    with TemporaryDirectory() as scratch:
        context = Path(scratch)
        _fill(context, model)
        _bentoml("build", ".", "--version", tag.partition(":")[2], folder=context, home=bento_home)
    return tag


def _fill(context: Path, model: Path) -> None:
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
    for room in _ROOMS:
        shutil.copytree(_CODE / room, context / room, ignore=ignored)
    shutil.copytree(model, context / "model")
    bentofile = {
        "service": "bentos.asr.service:SpeechToText",
        "include": ["**"],
        "python": {
            "packages": [f"{name}=={version(name)}" for name in _REQUIREMENTS],
            "lock_packages": False,  # locking asks the network; the versions are exact already
        },
    }
    (context / "bentofile.yaml").write_text(yaml.safe_dump(bentofile), encoding="utf-8")


def _fingerprint(model: Path) -> str:
    digest = hashlib.sha256((model / DESCRIPTION_FILE).read_bytes())
    for room in _ROOMS:
        for file in sorted((_CODE / room).rglob("*.py")):
            digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def _bentoml(*arguments: str, folder: Path, home: Path) -> None:
    """Run BentoML in a process of its own, where only the context's modules are imported."""
    environment = os.environ | {"BENTOML_HOME": str(home.resolve()), "BENTOML_DO_NOT_TRACK": "True"}
    environment.pop("OVOZ_MODEL_DIR", None)
    done = subprocess.run(  # noqa: S603  (our own interpreter and arguments)
        [sys.executable, "-m", "bentoml", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise BuildError(f"bentoml {arguments[0]} failed:\n{done.stdout}{done.stderr}".strip())
