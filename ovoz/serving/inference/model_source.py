"""From ``MODEL_ID`` to a model artifact on this machine.

``models:/name@alias`` (MLflow's registry), ``bento:name:version`` (BentoML's model store), a
folder, or the name of a repository on the Hugging Face hub that holds an artifact.
"""

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

from ovoz.engine.artifact.storage import DESCRIPTION_FILE

_HUB_NAME: Final = re.compile(r"[\w.-]+/[\w.-]+(?:@[\w./-]+)?")
_REGISTRY: Final = "models:/"
_STORE: Final = "bento:"


class ModelError(RuntimeError):
    """The model cannot be had; the message says why."""


def is_remote(model_id: str) -> bool:
    """Whether it takes more than a look at the disk to know the model."""
    return model_id.startswith((_REGISTRY, _STORE)) or _is_hub_name(model_id)


def local_artifact(model_id: str, cache: Path) -> Path:
    """The folder of the artifact; fetched into ``cache`` where it lies elsewhere.

    An alias is asked anew at every start: it may have moved.

    Raises:
        ModelError: there is no such model, or the place does not answer.
    """
    if model_id.startswith(_REGISTRY):
        return _inside(_from_registry(model_id, cache), model_id)
    if model_id.startswith(_STORE):
        return _inside(_from_store(model_id.removeprefix(_STORE)), model_id)
    if _is_hub_name(model_id):
        return _inside(_from_hub(model_id, cache), model_id)
    return Path(model_id)


def _is_hub_name(model_id: str) -> bool:
    return bool(_HUB_NAME.fullmatch(model_id)) and not Path(model_id).exists()


def _from_registry(uri: str, cache: Path) -> Path:
    folder = cache / hashlib.sha256(uri.encode()).hexdigest()[:16]
    folder.mkdir(parents=True, exist_ok=True)
    return _printed_by("ovoz.registry.download", uri, str(folder), source="the registry")


def _from_store(tag: str) -> Path:
    return _printed_by("bentos.asr.model_store", tag, source="BentoML's store")


def _printed_by(module: str, name: str, *arguments: str, source: str) -> Path:
    """The path that a module prints, in a process of its own: the service never holds MLflow."""
    done = subprocess.run(  # noqa: S603  (our own interpreter and modules)
        [sys.executable, "-m", module, name, *arguments],
        # The code of a Bento is not installed: the process finds it where this one does.
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        told = (done.stderr.strip() or "no reason given").splitlines()[-1]
        raise ModelError(f"{name}: {source} did not give it: {told}")
    return Path(done.stdout.splitlines()[-1])


def _from_hub(name: str, cache: Path) -> Path:
    try:
        from huggingface_hub import snapshot_download
    except ModuleNotFoundError as error:
        raise ModelError(f"{name}: a model of the hub needs huggingface-hub installed") from error
    repository, _, revision = name.partition("@")
    try:
        return Path(snapshot_download(repository, revision=revision or None, cache_dir=cache))
    except Exception as error:  # the hub's client raises types of several libraries
        raise ModelError(f"{name}: the hub did not give it: {error}") from error


def _inside(folder: Path, model_id: str) -> Path:
    """The artifact in what was fetched: at its top, or where MLflow puts a pyfunc's files."""
    for place in (folder, folder / "artifacts" / "model"):
        if (place / DESCRIPTION_FILE).is_file():
            return place
    raise ModelError(
        f"{model_id}: holds no {DESCRIPTION_FILE}, so it is no Ovoz artifact; a Whisper checkpoint"
        " is trained, exported and registered by the pipelines first"
    )
