"""The figures, gates and data that a registered artifact and its model card record."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from ovoz.corpus.manifest import Split, Utterance
from ovoz.engine.artifact.description import DataSource, GateRecord, ModelDescription
from ovoz.engine.artifact.storage import TRAINING_FILE, record_evaluation
from ovoz.evaluation.evaluate import Evaluation
from ovoz.evaluation.judgement import Verdict
from ovoz.evaluation.probes import add_probes
from ovoz.evaluation.systems import SERVED
from ovoz.evaluation.testsets import TEST
from ovoz.training.learning_curve import LearningCurve

_SHOWN: Final = ("language", "dialect", "condition")


def record_judgement(
    exported: Path,
    out: Path,
    evaluation: Evaluation,
    verdict: Verdict,
    rows: Sequence[Utterance],
    curve: LearningCurve,
) -> ModelDescription:
    """Copy an artifact to ``out`` with what was measured of it, and what it was trained on.

    Args:
        exported: The artifact that was evaluated.
        out: The artifact to write.
        evaluation: Its figures.
        verdict: The gates that it was judged by.
        rows: The corpus.
        curve: The learning curve of its training.

    Raises:
        ArtifactError: The artifact is missing or damaged.
    """

    def add(folder: Path) -> None:
        (folder / TRAINING_FILE).write_text(curve.model_dump_json(), "utf-8")
        add_probes(folder)

    scores = evaluation.find(SERVED, TEST)
    gates = [
        GateRecord(
            metric=result.gate.name,
            value=result.value,
            limit=result.gate.limit,
            passed=result.passed,
        )
        for result in verdict.results
        if result.value is not None
    ]
    return record_evaluation(
        exported,
        out,
        metrics=scores.figures if scores else {},
        gates=gates,
        slices=select_card_slices(evaluation, SERVED),
        data=summarize_sources(rows),
        measured_on=evaluation.measured_on,
        add=add,
    )


def read_curve(artifact: Path) -> LearningCurve:
    """The learning curve that :func:`record_judgement` wrote; empty where there is none."""
    file = artifact / TRAINING_FILE
    if not file.is_file():
        return LearningCurve()
    return LearningCurve.model_validate_json(file.read_text("utf-8"))


def select_card_slices(evaluation: Evaluation, system: str) -> dict[str, dict[str, float]]:
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


def summarize_sources(rows: Iterable[Utterance]) -> list[DataSource]:
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
