"""Whether the test sets define the figures that gates limit, known before anything is trained."""

from collections.abc import Sequence

import numpy as np

from ovoz.evaluation.conditions import EvaluationConfig
from ovoz.evaluation.gates import Gate, GatesConfig
from ovoz.evaluation.metrics.figures import FORMULAS, figures_of
from ovoz.evaluation.metrics.pair import CanonicalText, Pair, views
from ovoz.evaluation.metrics.tally import tally
from ovoz.evaluation.rows import ALL, SLICED_BY, HypothesisRow, describe_clip
from ovoz.evaluation.testsets import TestSet, with_conditions


class UndefinedGateError(ValueError):
    """A gate that no model can meet, since the test set has nothing to measure."""


def check_gate_data(
    config: GatesConfig,
    test_sets: Sequence[TestSet],
    evaluation: EvaluationConfig,
    pack: CanonicalText,
) -> None:
    """Refuse gates on figures that the transcripts of the test sets do not define.

    Raises:
        UndefinedGateError: A slice is empty, or the figure needs words that it lacks.
    """
    rows = [
        row for one in with_conditions(test_sets, evaluation) for row in _flawless_rows(one, pack)
    ]
    for gate in (*config.gates, *config.of_artifact):
        if gate.figure in FORMULAS and not _is_defined(gate, rows, pack):
            raise UndefinedGateError(
                f"gates: {gate.name}: the transcripts there define no {gate.figure}: leave the gate"
                " out, or add such recordings"
            )


def _is_defined(gate: Gate, rows: Sequence[HypothesisRow], pack: CanonicalText) -> bool:
    inside = [row for row in rows if row.test_set == gate.test_set and _is_in(row, gate.slice)]
    if not inside:
        return False
    pairs = [
        Pair(
            reference=row.reference,
            hypothesis=row.reference,
            hypothesis_language=row.language,
            dialect=row.dialect,
        )
        for row in inside
    ]
    totals = {name: np.asarray(total) for name, total in tally(pairs, pack).totals().items()}
    return not np.isnan(figures_of(totals)[gate.figure])


def _is_in(row: HypothesisRow, slice_name: str) -> bool:
    kind, _, value = slice_name.partition("=")
    return slice_name == ALL or SLICED_BY[kind](row) == value


def _flawless_rows(test_set: TestSet, pack: CanonicalText) -> list[HypothesisRow]:
    """The rows of a system that writes what was said."""
    label = views(pack).label
    return [
        HypothesisRow(
            system="",
            test_set=test_set.name,
            audio=row.audio,
            hypothesis=row.text,
            hypothesis_language=row.languages,
            duration_s=row.duration_s,
            confidence=1.0,
            latency_ms=0.0,
            **describe_clip(row, condition, label, distorted=bool(test_set.distortions)),
        )
        for row in test_set.utterances
        for condition in [one.value for one in test_set.distortions] or [row.condition.value]
    ]
