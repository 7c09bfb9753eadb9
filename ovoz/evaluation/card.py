"""What the model card says of data and slices."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from ovoz.corpus.manifest import Split, Utterance
from ovoz.engine.artifact.description import DataSource
from ovoz.evaluation.evaluate import Evaluation

_SHOWN: Final = ("language", "dialect", "condition")


def card_slices(evaluation: Evaluation, system: str) -> dict[str, dict[str, float]]:
    """Figures of a system by language, dialect and condition, with the number of clips.

    Slices of another test set than the first carry its name.
    """
    of_system = [one for one in evaluation.slices if one.system == system]
    return {
        one.slice if one.test_set == of_system[0].test_set else f"{one.test_set}, {one.slice}": {
            "utterances": float(one.utterances),
            **one.figures,
        }
        for one in of_system
        if one.slice.partition("=")[0] in _SHOWN
    }


def data_sources(rows: Iterable[Utterance]) -> list[DataSource]:
    """Training rows by source, licence and consent, the largest first."""
    groups: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for row in rows:
        if row.split is Split.TRAIN:
            groups[row.source, row.licence, row.consent].append(row.duration_s)
    sources = [
        DataSource(
            source=source,
            licence=licence,
            consent=consent,
            utterances=len(durations),
            hours=round(sum(durations) / 3600, 3),
        )
        for (source, licence, consent), durations in groups.items()
    ]
    return sorted(sources, key=lambda one: (-one.hours, one.source))
