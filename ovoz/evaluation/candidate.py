"""A candidate measured as it would be served, beside what is in production, on the same data."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from ovoz.audio.decode import decode
from ovoz.engine.artifact.storage import read_description
from ovoz.engine.export.choice import read_choice, read_target_device
from ovoz.engine.load import load_engine
from ovoz.engine.precision import Precision
from ovoz.engine.transcript import SupportsTranscribe
from ovoz.evaluation.conditions import EvaluationConfig, make_speechless_clips
from ovoz.evaluation.evaluate import Evaluation, evaluate
from ovoz.evaluation.exported import compare_with_trained, measure_wer_over_trained, with_measures
from ovoz.evaluation.foreign import measure_foreign_speech, speak_foreign_clips
from ovoz.evaluation.long import measure_long_recording
from ovoz.evaluation.operation import count_silence_words, measure_footprint, measure_speed_ratios
from ovoz.evaluation.systems import PRODUCTION, SERVED, load_artifact_systems
from ovoz.evaluation.testsets import TestSet, with_conditions
from ovoz.progress import ProgressCallback
from ovoz.text.pack import load_pack


def evaluate_export(
    artifact: Path,
    trained: Evaluation,
    test_sets: Sequence[TestSet],
    config: EvaluationConfig,
    progress: ProgressCallback | None = None,
) -> Evaluation:
    """Score an artifact beside the network that it was exported from, and measure its operation.

    Speed is held against the artifact's own fp32 encoder. Arguments and errors are those of
    :func:`evaluate_candidate`; ``trained`` is the evaluation of the network.
    """
    device = read_target_device(artifact)
    systems = load_artifact_systems(artifact, device)
    unquantized = load_engine(artifact, precision=Precision.FP32, device=device)
    measured = _measure(artifact, systems, unquantized, test_sets, config, progress)
    return compare_with_trained(measured, trained, SERVED)


def evaluate_candidate(
    artifact: Path,
    rivals: Mapping[str, Path],
    test_sets: Sequence[TestSet],
    config: EvaluationConfig,
    progress: ProgressCallback | None = None,
) -> Evaluation:
    """Score an artifact, and those that it is held against, and measure what running it takes.

    Each runs on the device that it was made for (``export.device``).

    Speed is held against production, or against the artifact's own fp32 encoder where nothing is
    in production yet; so is the cost of quantization, always.

    Args:
        artifact: The model to judge.
        rivals: The model in production and the best one before it, by the name of the system;
            empty before the first promotion.
        test_sets: The data of today; operation is measured on the first of them.
        config: What is measured beside the test sets.
        progress: Called with the number of clips transcribed and their total.

    Raises:
        ArtifactError: An artifact is missing or damaged.
        ValueError: The device that an artifact was made for cannot be had here.
    """
    device = read_target_device(artifact)
    systems = {SERVED: load_engine(artifact, device=device)}
    for name, rival in rivals.items():
        systems[name] = load_engine(rival, device=read_target_device(rival))
    unquantized = load_engine(artifact, precision=Precision.FP32, device=device)
    evaluation = _measure(artifact, systems, unquantized, test_sets, config, progress)
    pack = load_pack(read_description(artifact, verify=False).pack)
    full = evaluate({"fp32": unquantized}, test_sets[:1], pack=pack, training_data="")
    lost = measure_wer_over_trained(evaluation, SERVED, full, "fp32")
    return with_measures(evaluation, SERVED, lost)


def _measure(
    artifact: Path,
    systems: Mapping[str, SupportsTranscribe],
    unquantized: SupportsTranscribe,
    test_sets: Sequence[TestSet],
    config: EvaluationConfig,
    progress: ProgressCallback | None,
) -> Evaluation:
    """Scores on every test set and condition, and the operation of the served system."""
    model = read_description(artifact, verify=False)
    evaluation = evaluate(
        systems,
        with_conditions(test_sets, config),
        pack=load_pack(model.pack),
        training_data=model.training_data,
        progress=progress,
    )
    reference = systems.get(PRODUCTION, unquantized)
    operation = measure_operation(artifact, systems[SERVED], reference, test_sets[0], config)
    return with_choice(with_measures(evaluation, SERVED, operation), artifact)


def with_choice(evaluation: Evaluation, artifact: Path) -> Evaluation:
    """``evaluation`` with the table that the artifact's precision was chosen by, if there is one.

    Raises:
        ArtifactError: the table is damaged.
    """
    choice = read_choice(artifact)
    if choice is None:
        return evaluation
    counted = with_measures(
        evaluation, SERVED, {"exports_within_limit": float(choice.within_limit)}
    )
    return counted.model_copy(update={"choice": choice})


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
    known = load_pack(read_description(artifact, verify=False).pack).config.languages
    return {
        **measure_speed_ratios(served, reference, clips),
        **count_silence_words(served, make_speechless_clips(config.silence_s)),
        **measure_footprint(artifact),
        **measure_foreign_speech(served, clips, speak_foreign_clips(known)),
        **(measure_long_recording(served, test_set, config.long_s) if config.long_s else {}),
    }
