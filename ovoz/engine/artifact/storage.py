"""The model artifact: one directory that is registered, imported and served.

===================== ======================================================
"""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ValidationError

from ovoz.engine.artifact.card import render_card
from ovoz.engine.artifact.description import FORMAT, DataSource, GateRecord, ModelDescription
from ovoz.files import atomic_folder, file_sha256, write_text
from ovoz.validation_message import describe_validation

DESCRIPTION_FILE: Final = "model.json"
TOKENIZER_FILE: Final = "tokenizer.json"
TOKENS_FILE: Final = "tokens.json"
CARD_FILE: Final = "card.md"
TRAINING_FILE: Final = "training.json"
EXPORTS_FILE: Final = "exports.json"
REFERENCE_FILE: Final = "reference.parquet"


class ArtifactError(ValueError):
    """An artifact that cannot be used; the message names the file, the fault and the remedy."""


class _LayoutVersion(BaseModel):
    """The one field that must be understood before any other."""

    format: int


def read_description(directory: Path, *, verify: bool = True) -> ModelDescription:
    """The description of the artifact in ``directory``, after checking its files against it.

    Args:
        directory: The artifact.
        verify: Compare every file's SHA-256; without it only presence is checked.

    Raises:
        ArtifactError: No artifact, another layout version, a missing or changed file.
    """
    path = directory / DESCRIPTION_FILE
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ArtifactError(f"{directory}: no model artifact here: {error}") from error
    description = _parse(text, path)
    for name, expected in description.files.items():
        _check_file(directory / name, expected if verify else None)
    return description


def _parse(text: str, path: Path) -> ModelDescription:
    try:
        layout = _LayoutVersion.model_validate_json(text).format
        if layout != FORMAT:
            raise ArtifactError(
                f"{path}: artifact layout {layout}, this version reads {FORMAT}:"
                " export the model again, or use the matching version of ovoz"
            )
        return ModelDescription.model_validate_json(text)
    except ValidationError as error:
        raise ArtifactError(
            f"{path}: not a model description: {describe_validation(error)}"
        ) from error


def _check_file(path: Path, sha256: str | None) -> None:
    if not path.is_file():
        raise ArtifactError(f"{path}: listed in {DESCRIPTION_FILE} but missing: copy all files")
    if sha256 is not None and file_sha256(path) != sha256:
        raise ArtifactError(
            f"{path}: hash mismatch: the file is damaged or was changed after the export"
        )


def seal(directory: Path, description: ModelDescription) -> ModelDescription:
    """Write the card and ``model.json``, with the hashes of all files in ``directory``."""
    files = (path for path in directory.rglob("*") if path.is_file())
    names = {path.relative_to(directory).as_posix() for path in files}
    others = sorted(names - {DESCRIPTION_FILE, CARD_FILE})
    hashes = {name: file_sha256(directory / name) for name in others}
    description = description.model_copy(update={"files": hashes})
    write_text(directory / CARD_FILE, render_card(description))
    hashes[CARD_FILE] = file_sha256(directory / CARD_FILE)
    description = description.model_copy(update={"files": hashes})
    write_text(directory / DESCRIPTION_FILE, description.model_dump_json(indent=1))
    return description


def record_evaluation(
    directory: Path,
    out: Path,
    *,
    metrics: dict[str, float],
    gates: Sequence[GateRecord],
    slices: dict[str, dict[str, float]] | None = None,
    data: Sequence[DataSource] = (),
    measured_on: str = "",
    add: Callable[[Path], object] | None = None,
) -> ModelDescription:
    """Copy an artifact to ``out`` with its measured figures, weights unchanged.

    Args:
        directory: The evaluated artifact.
        out: The artifact to write; may be ``directory`` itself.
        metrics: Figures by name.
        gates: The gates with the values that they were judged by.
        slices: The same figures by slice.
        data: What the model was trained on.
        measured_on: The processor that measured them.
        add: Writes further files (such as the learning curve) into the new artifact's directory.

    Raises:
        ArtifactError: As :func:`read_description`.
    """
    description = read_description(directory)
    with atomic_folder(out) as unfinished:
        shutil.copytree(directory, unfinished, dirs_exist_ok=True)
        if add is not None:
            add(unfinished)
        measured = description.model_copy(
            update={
                "metrics": metrics,
                "gates": tuple(gates),
                "slices": slices or {},
                "data": tuple(data),
                "measured_on": measured_on,
            }
        )
        return seal(unfinished, measured)
