"""The tags on a version: what was registered, who promoted it, who withdrew it."""

import hashlib
import json
from typing import Final

from mlflow.entities.model_registry import ModelVersion

from ovoz.engine.artifact.description import ModelDescription
from ovoz.engine.artifact.storage import CARD_FILE
from ovoz.registry.version import Promotion, VersionRow, VersionSummary, Withdrawal

CONTENT_TAG: Final = "ovoz.content"
"""Digest of the artifact; written last, so that only a complete registration has it."""

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
    )


def content_digest(description: ModelDescription) -> str:
    """SHA-256 of an artifact's files, figures and gates; the time of its export does not count."""
    content = description.model_dump(mode="json", exclude={"created_at"})
    content["files"].pop(CARD_FILE, None)
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
