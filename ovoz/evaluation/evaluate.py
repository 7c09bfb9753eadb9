"""Run engines over test sets and score what they wrote, whole and in slices."""

import time
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from ovoz.audio.measures import measure
from ovoz.audio.signal import SAMPLE_RATE, Samples
from ovoz.corpus.manifest import Utterance
from ovoz.engine.export.choice import ExportChoice
from ovoz.engine.transcript import SupportsTranscribe
from ovoz.evaluation.hardware import describe_processor
from ovoz.evaluation.metrics.bootstrap import Interval, confidence_intervals
from ovoz.evaluation.metrics.pair import CanonicalText, Pair, views
from ovoz.evaluation.metrics.scores import scores_of
from ovoz.evaluation.metrics.tally import Tally, tally
from ovoz.evaluation.operation import warm_up
from ovoz.evaluation.rows import ALL, SLICED_BY, HypothesisRow, describe_clip
from ovoz.evaluation.testsets import TestSet
from ovoz.text.language import LabelWords


class SliceScores(BaseModel):
    """Figures of one system on one slice of one test set; rates are fractions.

    ``intervals`` are 95 % bootstrap intervals by speaker, where there are speakers enough.
    """

    model_config = ConfigDict(frozen=True)

    system: str
    test_set: str
    slice: str
    utterances: int
    speakers: int
    figures: dict[str, float]
    intervals: dict[str, Interval]
    confusion: dict[str, dict[str, int]]


class TextDifference(BaseModel):
    """A clip for which the exported model writes something else than the trained network."""

    model_config = ConfigDict(frozen=True)

    test_set: str
    id: str
    reference: str
    trained: str
    exported: str


class Evaluation(BaseModel):
    """Everything that was measured in one run.

    ``training_data`` says what the model was trained on, in the words shown beside every figure.
    """

    model_config = ConfigDict(frozen=True)

    training_data: str
    rows: list[HypothesisRow]
    slices: list[SliceScores]
    measures: dict[str, dict[str, float]] = Field(default_factory=dict)
    """Figures of :data:`ovoz.evaluation.operation.MEASURES`, by system."""
    differences: list[TextDifference] = Field(default_factory=list)
    """Where the exported model departs from the trained one, when both were scored."""
    choice: ExportChoice | None = None
    """Every export of the artifact beside the one that is served, where they were measured."""
    measured_on: str = ""
    """The processor, with what decides the arithmetic of int8."""

    def find(self, system: str, test_set: str, slice_name: str = ALL) -> SliceScores | None:
        """The scores of a slice, or None when it holds no utterance."""
        for one in self.slices:
            if (one.system, one.test_set, one.slice) == (system, test_set, slice_name):
                return one
        return None

    def real_time_factor(self, system: str) -> float:
        """Processing time over audio time; NaN for an unknown system."""
        rows = [row for row in self.rows if row.system == system]
        audio_s = sum(row.duration_s for row in rows)
        return sum(row.latency_ms for row in rows) / 1000 / audio_s if audio_s else float("nan")


def evaluate(
    systems: Mapping[str, SupportsTranscribe],
    test_sets: Sequence[TestSet],
    *,
    pack: CanonicalText,
    training_data: str,
    progress: Callable[[int, int], object] | None = None,
) -> Evaluation:
    """Transcribe every test set with every system, one clip a call, and score the result.

    Args:
        systems: Engines by the name they are shown under, such as ``greedy`` and ``lexicon``.
        test_sets: What they are tested on.
        pack: Language pack whose canonical form is scored.
        training_data: Words shown beside the figures.
        progress: Called with the clips done and their total.

    Raises:
        AudioError: A test clip cannot be read.
        ValueError: A test set is empty.
    """
    for test_set in test_sets:
        if not test_set.utterances:
            raise ValueError(f"test set {test_set.name!r} holds no utterance")
    total = len(systems) * sum(len(test_set) for test_set in test_sets)
    for engine in systems.values():
        warm_up(engine)
    label = views(pack).label
    rows: list[HypothesisRow] = []
    slices: list[SliceScores] = []
    for test_set in test_sets:
        written: dict[str, list[HypothesisRow]] = {system: [] for system in systems}
        for utterance, condition, samples in test_set.clips():
            for system, engine in systems.items():
                row = _row(system, engine, test_set, utterance, condition, samples, label)
                written[system].append(row)
                rows.append(row)
                if progress is not None:
                    progress(len(rows), total)
        for of_system in written.values():
            slices += score_slices(of_system, pack)
    return Evaluation(
        training_data=training_data, rows=rows, slices=slices, measured_on=describe_processor()
    )


def _row(
    system: str,
    engine: SupportsTranscribe,
    test_set: TestSet,
    utterance: Utterance,
    condition: str,
    samples: Samples,
    label: LabelWords,
) -> HypothesisRow:
    started = time.perf_counter()
    (transcript,) = engine.transcribe([samples])
    return HypothesisRow(
        latency_ms=(time.perf_counter() - started) * 1000,
        system=system,
        test_set=test_set.name,
        audio=str(test_set.root / utterance.audio),
        hypothesis=transcript.text,
        hypothesis_language=transcript.language,
        duration_s=len(samples) / SAMPLE_RATE,
        confidence=transcript.confidence,
        words=transcript.words,
        measures=measure(samples) if test_set.distortions else None,
        **describe_clip(utterance, condition, label, distorted=bool(test_set.distortions)),
    )


def score_slices(rows: Sequence[HypothesisRow], pack: CanonicalText) -> list[SliceScores]:
    """Scores of one system on one test set: the whole, then every slice."""
    counts = tally([_pair(row) for row in rows], pack, as_written=True)
    result = [_slice_scores(rows, counts, ALL)]
    for name, value_of in SLICED_BY.items():
        values = np.array([value_of(row) for row in rows])
        for value in sorted(set(values.tolist())):
            inside = values == value
            chosen = [row for row, here in zip(rows, inside, strict=True) if here]
            result.append(_slice_scores(chosen, counts.select(inside), f"{name}={value}"))
    return result


def _pair(row: HypothesisRow) -> Pair:
    return Pair(
        reference=row.reference,
        hypothesis=row.hypothesis,
        speaker=row.speaker,
        id=row.id,
        condition=row.condition,
        dialect=row.dialect,
        hypothesis_language=row.hypothesis_language,
    )


def _slice_scores(rows: Sequence[HypothesisRow], counts: Tally, name: str) -> SliceScores:
    scores = scores_of(counts)
    return SliceScores(
        system=rows[0].system,
        test_set=rows[0].test_set,
        slice=name,
        utterances=scores.utterances,
        speakers=scores.speakers,
        figures=scores.figures(),
        intervals=confidence_intervals(counts),
        confusion=scores.confusion,
    )
