"""The versions that a candidate is held against: production, and the best one before it."""

import logging
import math

from mlflow.exceptions import MlflowException

from ovoz.engine.artifact.storage import ArtifactError, read_description
from ovoz.evaluation.systems import BEST, PRODUCTION
from ovoz.registry.registry import Registry
from ovoz.registry.version import RegisteredModel, RegistryError, VersionRow

_log = logging.getLogger(__name__)


def find_rivals(registry: Registry, candidate: str) -> dict[str, RegisteredModel]:
    """The versions by the name of their system; none where ``candidate`` is in production itself.

    The best former production is the one with the lowest recorded word error rate, if that is lower
    than production's; it is measured again on the data of today. A version whose files are missing
    is named in the log and left out: it must not stop every later candidate.

    Args:
        registry: Where they are.
        candidate: Number of the version that is judged.
    """
    alias, rows = registry.policy.production, registry.versions()
    current = next((row for row in rows if alias in row.aliases), None)
    if current is None or current.version == candidate:
        return {}
    former = [
        row
        for row in rows
        if alias in row.promotions
        and not row.withdrawn
        and row.version not in (candidate, current.version)
        and _recorded_wer(row) < _recorded_wer(current)
    ]
    production = _find_whole(registry, [current])
    best = _find_whole(registry, sorted(former, key=_recorded_wer))
    found = {PRODUCTION: production, BEST: best}
    return {name: model for name, model in found.items() if model is not None}


def _recorded_wer(row: VersionRow) -> float:
    return row.summary.metrics.get("wer", math.inf) if row.summary else math.inf


def _find_whole(registry: Registry, rows: list[VersionRow]) -> RegisteredModel | None:
    """The first version whose files are there."""
    for row in rows:
        try:
            model = registry.version(row.version)
            read_description(model.artifact, verify=False)
        except (ArtifactError, RegistryError, MlflowException, OSError) as error:
            _log.warning(
                "version %s (%s) is not compared with: %s. Put its files back, or go on: the limits"
                " of the other gates hold",
                row.version, ", ".join(row.aliases) or "formerly in production", error,
            )  # fmt: skip
        else:
            return model
    return None
