"""The tags on a version: what was registered, who promoted it, who withdrew it."""

import hashlib
import json
from collections.abc import Mapping
from typing import Final

from mlflow.entities.model_registry import ModelVersion

from ovoz.engine.artifact.description import ModelDescription
from ovoz.engine.artifact.probes import PROBES_FILE, PROBES_FOLDER
from ovoz.engine.artifact.storage import (
    CARD_FILE,
    EXPORTS_FILE,
    REFERENCE_FILE,
    TRAINING_FILE,
)
from ovoz.registry.version import Promotion, VersionRow, VersionSummary, Withdrawal

CONTENT_TAG: Final = "ovoz.content"
"""Digest of what decides the text; written last, so that only a complete registration has it."""

DESCRIPTION_TAG: Final = "ovoz.description"
"""SHA-256 of the registered ``model.json``."""

INPUTS_TAG: Final = "ovoz.inputs"
"""What the version was made of, as ``ovoz reproduce`` reads it; not on imported models."""

_MEASURED_FILES: Final = (CARD_FILE, EXPORTS_FILE, PROBES_FILE, REFERENCE_FILE, TRAINING_FILE)
_DECIDES_THE_TEXT: Final = {
    "name", "pack", "format", "engine", "precision", "sample_rate", "features", "frame_s",
    "window_s", "max_tokens", "decoder", "second_reader", "imported", "files",
}  # fmt: skip

SUMMARY_TAG: Final = "ovoz.model"
PROMOTED_TAG: Final = "ovoz.promoted."
"""Followed by the alias."""

WITHDRAWN_TAG: Final = "ovoz.withdrawn"


def read_row(version: ModelVersion, held: dict[str, str]) -> VersionRow:
    """A version as the list shows it.

    Args:
        version: MLflow's record of it.
        held: The holder of every alias.
    """
    tags: dict[str, str] = version.tags
    number = str(version.version)
    summary = tags.get(SUMMARY_TAG) if CONTENT_TAG in tags else None
    withdrawn = tags.get(WITHDRAWN_TAG)
    return VersionRow(
        version=number,
        aliases=tuple(sorted(alias for alias, holder in held.items() if holder == number)),
        summary=VersionSummary.model_validate_json(summary) if summary else None,
        promotions={
            key.removeprefix(PROMOTED_TAG): Promotion.model_validate_json(value)
            for key, value in tags.items()
            if key.startswith(PROMOTED_TAG)
        },
        withdrawn=Withdrawal.model_validate_json(withdrawn) if withdrawn else None,
    )


def summarize(description: ModelDescription) -> VersionSummary:
    """The facts about an artifact that the list of versions shows."""
    return VersionSummary(
        model_version=description.model_version,
        training_data=description.training_data,
        metrics=description.metrics,
        cannot=description.cannot,
    )


def content_digest(description: ModelDescription) -> str:
    """SHA-256 of all that decides what an artifact writes: weights, symbols, words, decoder.

    Figures, timings, dates and the code's commit do not count: measuring a model again makes no
    new model, and a withdrawn one does not come back under a new number.
    """
    content = description.model_dump(mode="json", include=_DECIDES_THE_TEXT)
    for name in ("second_reader", "imported"):
        if content[name] is None:  # as in artifacts from before there was one
            del content[name]
    content["files"] = select_deciding(content["files"])
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def select_deciding(files: Mapping[str, str]) -> dict[str, str]:
    """Of the files of an artifact, those that decide what it writes, with their digests."""
    return {
        name: digest
        for name, digest in files.items()
        if name not in _MEASURED_FILES and not name.startswith(PROBES_FOLDER)
    }
