"""A candidate measured as it would be served, beside what is in production, on the same data."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from ovoz.audio.decode import decode
from ovoz.corpus.manifest import Condition
from ovoz.engine.artifact.storage import read_description
from ovoz.engine.export.choice import read_choice, read_target_device
from ovoz.engine.load import load_engine
from ovoz.engine.precision import Precision
from ovoz.engine.transcript import SupportsTranscribe
from ovoz.evaluation.conditions import EvaluationConfig, without_speech
from ovoz.evaluation.evaluate import Evaluation, TestSet, evaluate
from ovoz.evaluation.foreign import foreign_clips, foreign_measures
from ovoz.evaluation.long import long_measures
from ovoz.evaluation.operation import footprint, silence_words, speed_ratios
from ovoz.text.pack import load_pack

SERVED: Final = "served"
"""The system under judgement, with the decoder that it is served with."""

PRODUCTION: Final = "production"
"""What is served today."""

CONDITIONS: Final = "test-conditions"
"""Test set of clean clips, distorted on the fly."""


def evaluate_candidate(
    artifact: Path,
    production: Path | None,
    test_sets: Sequence[TestSet],
    config: EvaluationConfig,
    progress: Callable[[int, int], object] | None = None,
) -> Evaluation:
    """Score an artifact, and the one in production, and measure what running it takes.

    Each runs on the device that it was made for (``export.device``).

    Speed is held against production, or against the artifact's own fp32 encoder where nothing is
    in production yet; so is the cost of quantization, always.

    Args:
        artifact: The model to judge.
        production: The model in production; None before the first promotion.
        test_sets: The data of today; operation is measured on the first of them.
        config: What is measured beside the test sets.
        progress: Called with the number of clips transcribed and their total.

    Raises:
        ArtifactError: An artifact is missing or damaged.
        ValueError: The device that an artifact was made for cannot be had here.
    """
    model = read_description(artifact, verify=False)
    pack = load_pack(model.pack)
    device = read_target_device(artifact)
    systems = {SERVED: load_engine(artifact, device=device)}
    if production is not None:
        systems[PRODUCTION] = load_engine(production, device=read_target_device(production))
    evaluation = evaluate(
        systems,
        with_conditions(test_sets, config),
        pack=pack,
        training_data=model.training_data,
        progress=progress,
    )
    first = test_sets[0]
    unquantized = load_engine(artifact, precision=Precision.FP32, device=device)
    reference = systems.get(PRODUCTION, unquantized)
    measures = measure_operation(artifact, systems[SERVED], reference, first, config)
    full = evaluate({"fp32": unquantized}, [first], pack=pack, training_data="")
    ours, theirs = evaluation.find(SERVED, first.name), full.find("fp32", first.name)
    if ours and theirs and "wer" in ours.figures and "wer" in theirs.figures:
        measures["wer_over_trained"] = ours.figures["wer"] - theirs.figures["wer"]
    return with_choice(evaluation.model_copy(update={"measures": {SERVED: measures}}), artifact)


def with_choice(evaluation: Evaluation, artifact: Path) -> Evaluation:
    """``evaluation`` with the table that the artifact's precision was chosen by, if there is one.

    Raises:
        ArtifactError: the table is damaged.
    """
    choice = read_choice(artifact)
    if choice is None:
        return evaluation
    measured = evaluation.measures.get(SERVED, {})
    counted = measured | {"exports_within_limit": float(choice.within_limit)}
    measures = {**evaluation.measures, SERVED: counted}
    return evaluation.model_copy(update={"choice": choice, "measures": measures})


def measure_operation(
    artifact: Path,
    served: SupportsTranscribe,
    reference: SupportsTranscribe,
    test_set: TestSet,
    config: EvaluationConfig,
) -> dict[str, float]:
    """Speed as ratios to a reference on the same clips, words in silence, size and memory.

    Of a long recording, errors, drift and loops; of foreign speech, words and their confidence.
    """
    clips = [decode(test_set.root / row.audio) for row in test_set.utterances[: config.timed_clips]]
    return {
        **speed_ratios(served, reference, clips),
        **silence_words(served, without_speech(config.silence_s)),
        **footprint(artifact),
        **foreign_measures(served, clips, foreign_clips()),
        **(long_measures(served, test_set, config.long_s) if config.long_s else {}),
    }


def with_conditions(test_sets: Sequence[TestSet], config: EvaluationConfig) -> list[TestSet]:
    """``test_sets``, and clean clips of the first, spread over it, through every distortion."""
    first = test_sets[0]
    clean = [row for row in first.utterances if row.condition is Condition.CLEAN]
    if not config.distortions or not clean:
        return list(test_sets)
    spread = clean[:: max(1, len(clean) // config.clips)][: config.clips]
    return [*test_sets, TestSet(CONDITIONS, spread, first.root, config.distortions)]
