"""From ``MODEL_ID`` to a model artifact on this machine.

``models:/name@alias`` (MLflow's registry), ``bento:name:version`` (BentoML's model store), a
folder, or the name of a repository on the Hugging Face hub that holds an artifact.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ovoz.engine.artifact.storage import DESCRIPTION_FILE
from ovoz.files import write_text

_HUB_NAME: Final = re.compile(r"[\w.-]+/[\w.-]+(?:@[\w./-]+)?")
_REGISTRY: Final = "models:/"
_STORE: Final = "bento:"
_SERVED: Final = "served"
"""File with the number of the version that was served last."""
_FETCH_S: Final = 1800.0


class ModelError(RuntimeError):
    """The model cannot be had; the message says why."""


@dataclass(frozen=True, slots=True)
class FoundArtifact:
    """A model artifact on this machine; ``registered`` is its version in the registry."""

    folder: Path
    registered: str | None = None


def is_remote(model_id: str) -> bool:
    """Whether it takes more than a look at the disk to know the model."""
    return model_id.startswith((_REGISTRY, _STORE)) or _is_hub_name(model_id)


def is_alias(model_id: str) -> bool:
    """Whether it names an alias of the registry, which may move."""
    return model_id.startswith(_REGISTRY) and "@" in model_id


def local_artifact(model_id: str, cache: Path) -> FoundArtifact:
    """The artifact; fetched into ``cache`` where it lies elsewhere.

    An alias is asked anew at every start: it may have moved.

    Raises:
        ModelError: there is no such model, or the place does not answer.
    """
    if model_id.startswith(_REGISTRY):
        return _fetched(model_id, _folder_of(model_id, cache))
    if model_id.startswith(_STORE):
        return FoundArtifact(_inside(_from_store(model_id.removeprefix(_STORE)), model_id))
    if _is_hub_name(model_id):
        return FoundArtifact(_inside(_from_hub(model_id, cache), model_id))
    return FoundArtifact(Path(model_id))


def fetch_version(model_id: str, version: str, cache: Path) -> FoundArtifact:
    """A version of the model whose alias ``model_id`` names, fetched once.

    A number alone tells little: a registry that was made anew counts from one again. So the
    registry is asked whether what was fetched is still that version.

    Raises:
        ModelError: there is no such version, or the registry does not answer.
    """
    folder = _folder_of(model_id, cache)
    if (folder / version).is_symlink():
        return FoundArtifact(_inside(folder / version, model_id), version)
    name, _, _ = model_id.removeprefix(_REGISTRY).rpartition("@")
    return _fetched(f"{_REGISTRY}{name}/{version}", folder)


def seed_versions(model_id: str, artifacts: Mapping[str, Path], cache: Path) -> None:
    """Let :func:`fetch_version` find artifacts of this machine, by version, without fetching.

    Earlier ones are forgotten.
    """
    folder = _folder_of(model_id, cache)
    folder.mkdir(parents=True, exist_ok=True)
    for one in folder.iterdir():
        if one.is_symlink() or one.name in artifacts:
            _remove(one)
    for version, artifact in artifacts.items():
        (folder / version).symlink_to(artifact.resolve(), target_is_directory=True)


def served_last(model_id: str, cache: Path) -> FoundArtifact | None:
    """The version that :func:`note_served` noted, where its files are still there."""
    folder = _folder_of(model_id, cache)
    try:
        number = (folder / _SERVED).read_text("utf-8")
        return FoundArtifact(_inside(folder / number, model_id), number)
    except (OSError, ModelError):
        return None


def note_served(model_id: str, cache: Path, version: str) -> None:
    """Note which version is served, for :func:`served_last`."""
    write_text(_folder_of(model_id, cache) / _SERVED, version)


def remove_versions(model_id: str, cache: Path, *, besides: Collection[str]) -> None:
    """Remove the fetched versions that are not among ``besides``."""
    for one in _folder_of(model_id, cache).iterdir():
        if one.name.isdecimal() and one.name not in besides:
            _remove(one)


def _remove(fetched: Path) -> None:
    if fetched.is_symlink():
        fetched.unlink()
    else:
        shutil.rmtree(fetched, ignore_errors=True)


def _is_hub_name(model_id: str) -> bool:
    return bool(_HUB_NAME.fullmatch(model_id)) and not Path(model_id).exists()


def _fetched(uri: str, folder: Path) -> FoundArtifact:
    folder.mkdir(parents=True, exist_ok=True)
    place = _printed_by("ovoz.registry.download", uri, str(folder), source="the registry")
    return FoundArtifact(_inside(place, uri), place.name)


def _folder_of(uri: str, cache: Path) -> Path:
    return cache / hashlib.sha256(uri.encode()).hexdigest()[:16]


def _from_store(tag: str) -> Path:
    return _printed_by("bentos.asr.model_store", tag, source="BentoML's store")


def _printed_by(module: str, name: str, *arguments: str, source: str) -> Path:
    """The path that a module prints, in a process of its own: the service never holds MLflow."""
    try:
        done = subprocess.run(  # noqa: S603  (our own interpreter and modules)
            [sys.executable, "-m", module, name, *arguments],
            # The code of a Bento is not installed: the process finds it where this one does.
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=False,
            timeout=_FETCH_S,
        )
    except subprocess.TimeoutExpired as error:
        raise ModelError(f"{name}: {source} did not give it within {_FETCH_S:.0f} s") from error
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
