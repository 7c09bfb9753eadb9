"""Every figure by its name, as a function of sums of counts."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from ovoz.evaluation.metrics import mixing
from ovoz.evaluation.metrics.rates import (
    f1,
    match_error_rate,
    precision,
    ratio,
    recall,
    word_error_rate,
)
from ovoz.evaluation.metrics.tally import SLICES

Array = NDArray[np.float64]
Sums = Mapping[str, Array]
"""Sums of counts by column, each float64 of one shape."""

Formula = Callable[[Sums], Array]


def _rate(errors: str, length: str) -> Formula:
    return lambda sums: word_error_rate(sums[errors], sums[length])


def _f1(item: str, matched: str = "matched") -> Formula:
    return lambda sums: f1(
        sums[f"{item}_{matched}"], sums[f"{item}_found"], sums[f"{item}_expected"]
    )


def _precision(item: str, matched: str = "matched") -> Formula:
    return lambda sums: precision(
        sums[f"{item}_{matched}"], sums[f"{item}_found"], sums[f"{item}_expected"]
    )


def _recall(item: str, matched: str = "matched") -> Formula:
    return lambda sums: recall(sums[f"{item}_{matched}"], sums[f"{item}_expected"])


FORMULAS: dict[str, Formula] = {
    "wer": _rate("word_errors", "words"),
    "wer.raw": _rate("raw_word_errors", "raw_words"),
    "wer.literary": _rate("literary_word_errors", "literary_words"),
    "cer": _rate("character_errors", "characters"),
    "cer.raw": _rate("raw_character_errors", "raw_characters"),
    "cer.literary": _rate("literary_character_errors", "literary_characters"),
    "mer": lambda sums: match_error_rate(sums["word_errors"], sums["hits"]),
    **{f"wer.{x}": _rate(f"word_errors.{x}", f"words.{x}") for x in SLICES},
    **{f"cer.{x}": _rate(f"character_errors.{x}", f"characters.{x}") for x in SLICES},
    "pier": _rate("interest_errors", "interest_words"),
    "language_accuracy": lambda sums: ratio(sums["label_correct"], sums["labelled"]),
    "switch_f1": _f1("switches"),
    "switch_precision": _precision("switches"),
    "switch_recall": _recall("switches"),
    "switch_f1_within_one": _f1("switches", "near"),
    "switch_precision_within_one": _precision("switches", "near"),
    "switch_recall_within_one": _recall("switches", "near"),
    "embedded_f1": _f1("embedded"),
    "embedded_precision": _precision("embedded"),
    "embedded_recall": _recall("embedded"),
    "code_switch_f1": _f1("mixed"),
    "code_switch_precision": _precision("mixed"),
    "code_switch_recall": _recall("mixed"),
    "cmi": lambda sums: ratio(sums["cmi_sum"], sums["labelled"]),
    "m_index": lambda sums: mixing.m_index(
        np.stack([sums["tokens_matrix"], sums["tokens_embedded"]], -1)
    ),
    "i_index": lambda sums: mixing.i_index(sums["switches_expected"], sums["boundaries"]),
}
"""Figures in the order in which they are shown; each gives NaN where it is undefined."""

LOWER_IS_BETTER = frozenset(
    name for name in FORMULAS if name.split(".")[0] in ("wer", "cer", "mer", "pier")
)
"""Error rates."""

OF_THE_TEST_SET = frozenset({"cmi", "m_index", "i_index"})
"""Figures that describe the reference, not the system: neither high nor low is better."""


def figures_of(sums: Sums) -> dict[str, Array]:
    """All figures, arrays of the shape of the sums; NaN where undefined."""
    return {name: formula(sums) for name, formula in FORMULAS.items()}
