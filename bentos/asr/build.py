"""Package the service and one model as a Bento."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bentos.asr.image import PACKAGES_FILE, REQUIREMENTS, find_packages, pinned
from bentos.asr.inventory import write_sbom
from ovoz.audio.vad import PACKAGE as VAD_PACKAGE
from ovoz.audio.vad import find_network
from ovoz.engine.artifact.storage import DESCRIPTION_FILE, read_description
from ovoz.files import write_text

__all__ = ["MODEL_NAME", "NAME", "REQUIREMENTS", "BuildError", "bentoml_environment", "build"]

NAME: Final = "ovoz_asr"
"""The API with the model in it, or before a model elsewhere."""

MODEL_NAME: Final = "ovoz_asr_model"
"""The model alone."""

_CODE: Final = Path(__file__).resolve().parents[2]
_ROOMS: Final = ("ovoz", "bentos")
_SERVICES: Final = {
    NAME: "bentos.asr.service:SpeechToText",
    MODEL_NAME: "bentos.asr.model_service:AcousticModel",
}
_NOT_SERVED: Final = shutil.ignore_patterns("__pycache__", "*.pyc")


class BuildError(RuntimeError):
    """BentoML did not build; the message holds what it said."""


def build(
    model: Path,
    model_version: str,
    bento_home: Path,
    *,
    name: str = NAME,
    traffic_log: bool = False,
) -> str:
    """The tag of the Bento with ``model`` in it; built only when there is none of it yet.

    Args:
        model: The model artifact.
        model_version: Its version in the registry, for the tag.
        bento_home: BentoML's home; outside of the folder that is packaged.
        name: Which service.
        traffic_log: Whether its container can log traffic and corrections.

    Raises:
        ArtifactError: ``model`` is no whole artifact.
        BuildError: BentoML fails.
    """
    packages = find_packages(read_description(model), traffic_log=traffic_log)
    tag = f"{name}:v{model_version}-{_fingerprint(model, pinned(packages))}"
    folder = bento_home / "bentos" / name / tag.partition(":")[2]
    if (folder / "bento.yaml").is_file():
        return tag
    # BentoML writes that file last: without it a build was cut off here, and it would refuse the
    # tag as taken.
    shutil.rmtree(folder, ignore_errors=True)
    bento_home.mkdir(parents=True, exist_ok=True)
    # The context holds what is served and nothing else; a folder of its own also keeps BentoML
    # from packing its own store.
    with TemporaryDirectory() as scratch:
        context = Path(scratch)
        _fill(context, model)
        write_text(context / PACKAGES_FILE, "\n".join(pinned(packages)) + "\n")
        write_sbom(context, tag, model, packages)
        _bentoml(
            "build",
            _SERVICES[name],
            "--version",
            tag.partition(":")[2],
            folder=context,
            home=bento_home,
        )
    return tag


def _fill(context: Path, model: Path) -> None:
    for room in _ROOMS:
        shutil.copytree(_CODE / room, context / room, ignore=_NOT_SERVED)
    shutil.copytree(model, context / "model")
    if network := find_network():
        # As if the package were installed; it declares torch, which its network does not need.
        place = context / VAD_PACKAGE / "data"
        place.mkdir(parents=True)
        (place.parent / "__init__.py").write_text('"""The network of silero-vad (MIT)."""\n')
        shutil.copy(network, place)


def _fingerprint(model: Path, packages: list[str]) -> str:
    """Hash of all that the Bento is made of: the model, the code with its data, the packages."""
    digest = hashlib.sha256((model / DESCRIPTION_FILE).read_bytes())
    digest.update("\n".join(packages).encode())
    if network := find_network():
        digest.update(network.read_bytes())
    for room in _ROOMS:
        for file in sorted((_CODE / room).rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(f"\n{file.relative_to(_CODE)}\n".encode())
                digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def bentoml_environment(home: Path) -> dict[str, str]:
    """The variables of a BentoML process; settings meant for another service are left out."""
    foreign = ("OVOZ_", "MODEL_ID", "DEVICE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return kept | for_bentoml(home)


def for_bentoml(home: Path) -> dict[str, str]:
    """The variables that BentoML itself reads: its home, and that it reports nothing."""
    return {"BENTOML_HOME": str(home.resolve()), "BENTOML_DO_NOT_TRACK": "True"}


def _bentoml(*arguments: str, folder: Path, home: Path) -> None:
    """Run BentoML in a process of its own, where only the context's modules are imported."""
    environment = bentoml_environment(home)
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
