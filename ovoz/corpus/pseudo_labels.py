"""Which recordings a model has transcribed well enough to be trained on (Lee, 2013).

Two readings of a recording must agree and the model must be sure of them; and what machines wrote
stays a part of what is trained on, so that a model does not learn its own mistakes (confirmation
bias; Arazo et al., 2020).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel, ConfigDict, Field
from rapidfuzz.distance import Levenshtein

from ovoz.audio.signal import Samples, Seconds
from ovoz.corpus.dataset import Dataset
from ovoz.corpus.manifest import Split, Utterance, write_manifest
from ovoz.corpus.tables import write_refusals
from ovoz.progress import ProgressCallback
from ovoz.text.language import Language

LABELLED: Final = "labelled.parquet"
"""Manifest of the rows to train on, beside the one of all recordings."""

PSEUDO: Final = "pseudo"
"""What the source of a machine-labelled row begins with."""


class PseudoLabelConfig(BaseModel):
    """What a machine's transcript must reach.

    ``min_confidence`` in [0, 1] is that of the utterance; ``max_disagreement`` the edits between
    the two readings per character of the first. ``max_share`` is the part of the training audio
    that may be machine-labelled.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    min_confidence: float = Field(default=0.8, ge=0, le=1)
    max_disagreement: float = Field(default=0.1, ge=0, le=1)
    max_share: float = Field(default=0.3, ge=0, lt=1)


@dataclass(frozen=True, slots=True)
class DoubleReading:
    """A machine's transcript of a recording, and another reader's of the same recording."""

    utterance: Utterance
    text: str
    language: Language
    confidence: float
    second_text: str


@dataclass(frozen=True, slots=True)
class PseudoLabels:
    """Rows to train on, and why each of the others is not among them, by id."""

    kept: list[Utterance]
    refused: dict[str, str]


def label_corpus(
    corpus: Dataset,
    read: Callable[[Utterance, Samples], DoubleReading],
    config: PseudoLabelConfig,
    labelled_s: Seconds,
    model: str,
    progress: ProgressCallback | None = None,
) -> PseudoLabels:
    """Transcribe the recordings of a corpus, and write which of them to train on.

    :data:`LABELLED` and ``refused.tsv`` are written beside the manifest of the corpus.

    Args:
        corpus: Recordings without a transcript.
        read: Transcribes a recording, float32 [T] at 16 kHz, twice.
        config: What a transcript must reach.
        labelled_s: Audio of the training split that people transcribed.
        model: Version of the model that reads, written into the rows' source.
        progress: Called with the number of recordings read and of all.

    Raises:
        AudioError: A recording cannot be decoded.
    """
    rows = [row for row in corpus.rows() if row.duration_s > 0]  # others could not be decoded
    readings: list[DoubleReading] = []
    for row in rows:
        readings.append(read(row, corpus.samples(row)))
        if progress is not None:
            progress(len(readings), len(rows))
    labels = choose_pseudo_labels(readings, config, labelled_s, model)
    write_manifest(labels.kept, corpus.manifest.with_name(LABELLED))
    write_refusals(corpus.manifest.parent, ("id", "reason"), sorted(labels.refused.items()))
    return labels


def measure_disagreement(reading: DoubleReading) -> float:
    """Edits between the two readings per character of the first; 1 where that has none."""
    if not reading.text:
        return 1.0
    return Levenshtein.distance(reading.text, reading.second_text) / len(reading.text)


def choose_pseudo_labels(
    readings: Iterable[DoubleReading], config: PseudoLabelConfig, labelled_s: Seconds, model: str
) -> PseudoLabels:
    """Choose the readings to train on, the surest first, up to their share.

    Args:
        readings: What was read, of any number of recordings.
        config: What a transcript must reach.
        labelled_s: Audio of the training split that people transcribed.
        model: Version of the model that read, written into the rows' source.
    """
    refused: dict[str, str] = {}
    kept: list[Utterance] = []
    left_s = labelled_s * config.max_share / (1 - config.max_share)
    for reading in sorted(readings, key=lambda one: (-one.confidence, one.utterance.id)):
        reason = _fault(reading, config)
        if not reason and reading.utterance.duration_s > left_s:
            reason = f"machine-labelled audio would be over {config.max_share:.0%} of the training"
        if reason:
            refused[reading.utterance.id] = reason
        else:
            left_s -= reading.utterance.duration_s
            kept.append(_row(reading, model))
    return PseudoLabels(kept, refused)


def _fault(reading: DoubleReading, config: PseudoLabelConfig) -> str:
    if not reading.text:
        return "nothing was heard"
    if reading.confidence < config.min_confidence:
        return f"confidence {reading.confidence:.2f} is under {config.min_confidence:.2f}"
    apart = measure_disagreement(reading)
    if apart > config.max_disagreement:
        return f"the readings differ in {apart:.0%} of the characters"
    return ""


def _row(reading: DoubleReading, model: str) -> Utterance:
    return reading.utterance.model_copy(
        update={
            "text": reading.text,
            "raw_text": reading.text,
            "languages": reading.language,
            "source": f"{PSEUDO}:{model}:{reading.utterance.source}",
            "split": Split.TRAIN,
        }
    )
