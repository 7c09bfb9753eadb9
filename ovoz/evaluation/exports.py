"""Every export of a network on the same clips, in the same process, beside the trained one."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np

from ovoz.audio.decode import decode
from ovoz.audio.signal import SAMPLE_RATE, Samples
from ovoz.decoding.lexicon_file import LEXICON_FILE, read_lexicon
from ovoz.engine.artifact.description import ModelDescription
from ovoz.engine.artifact.storage import read_description
from ovoz.engine.checkpoint_engine import load_trained_engine
from ovoz.engine.export.choice import ExportCandidate, ExportChoice, ExportFigures, mark_candidates
from ovoz.engine.export.config import ExportConfig
from ovoz.engine.load import load_engine
from ovoz.engine.precision import Device, Precision
from ovoz.engine.transcript import SupportsTranscribe
from ovoz.evaluation.evaluate import Evaluation, SliceScores, evaluate
from ovoz.evaluation.hardware import describe_hardware
from ovoz.evaluation.operation import measure_best_times
from ovoz.evaluation.testsets import TestSet
from ovoz.text.pack import load_pack

_TRAINED: Final = "trained"
_ROUNDS: Final = 3


def choose_export(
    artifact: Path,
    checkpoint: Path,
    clips: TestSet,
    config: ExportConfig,
    progress: Callable[[int, int], object] | None = None,
) -> ExportChoice:
    """Measure every export of ``artifact`` that the configuration names, and choose.

    The trained network is scored alone, before the others: its threads would be in their way.

    Args:
        artifact: with everything that could be exported.
        checkpoint: the network that it was exported from.
        clips: what is transcribed; not the test split, which judges the one that is chosen.
        config: what is asked for, and the limit.
        progress: called with the number of clips transcribed and their total.

    Raises:
        ArtifactError: the artifact is missing or damaged.
        ValueError: there is no clip.
    """
    description = read_description(artifact)
    pack = load_pack(description.pack)
    decoder = description.decoder.with_models_in(artifact)
    lexicon = read_lexicon(artifact / LEXICON_FILE)
    trained = load_trained_engine(checkpoint, decoder, lexicon, pack.transcript_languages)
    before = evaluate({_TRAINED: trained}, [clips], pack=pack, training_data="")
    engines, reasons = _load_exports(artifact, description, config)
    after = evaluate(engines, [clips], pack=pack, training_data="", progress=progress)
    timed = [decode(clips.root / row.audio) for row in clips.utterances[: config.timed_utterances]]
    times = measure_best_times(engines, timed, _ROUNDS)
    candidates = []
    for precision in config.precisions:
        figures = None
        if precision.value in engines:
            size_mb = (artifact / description.weights(precision)).stat().st_size / 1e6
            spent_s = times[precision.value]
            figures = _measure(precision.value, before, after, spent_s, timed, size_mb)
        reason = reasons.get(precision, "")
        candidates.append(ExportCandidate(precision=precision, figures=figures, reason=reason))
    reference = _find_scores(before, _TRAINED)
    return ExportChoice(
        candidates=tuple(mark_candidates(candidates, config)),
        max_wer_loss=config.max_wer_loss,
        clips=len(clips),
        timed_clips=len(timed),
        trained_wer=reference.figures["wer"],
        trained_cer=reference.figures["cer"],
        device=config.device,
        measured_on=describe_hardware([description.engine.runtime]),
    )


def _load_exports(
    artifact: Path, description: ModelDescription, config: ExportConfig
) -> tuple[dict[str, SupportsTranscribe], dict[Precision, str]]:
    """Engines by the name of their precision, and why others are none."""
    engines: dict[str, SupportsTranscribe] = {}
    reasons = dict(description.not_exported)
    second = np.zeros(SAMPLE_RATE, np.float32)
    for precision in config.precisions:
        if precision in reasons:
            continue
        if precision is Precision.FP16 and config.device is Device.CPU:
            reasons[precision] = "not run: fp16 is made for GPUs, and export.device is cpu"
            continue
        try:
            engine = load_engine(artifact, precision=precision, device=config.device)
            engine.transcribe([second])
        except Exception as error:  # a runtime raises what it likes; the reason is kept
            reasons[precision] = f"not run: {str(error) or type(error).__name__}"
            continue
        engines[precision.value] = engine
    return engines, reasons


def _measure(
    name: str,
    before: Evaluation,
    after: Evaluation,
    times_s: list[float],
    timed: list[Samples],
    size_mb: float,
) -> ExportFigures:
    ours, theirs = _find_scores(after, name), _find_scores(before, _TRAINED)
    texts = {row.id: row.hypothesis for row in before.rows}
    same = [texts[row.id] == row.hypothesis for row in after.rows if row.system == name]
    return ExportFigures(
        wer=ours.figures["wer"],
        cer=ours.figures["cer"],
        wer_loss=ours.figures["wer"] - theirs.figures["wer"],
        text_equal_share=sum(same) / len(same),
        size_mb=size_mb,
        real_time_factor=sum(times_s) / (sum(map(len, timed)) / SAMPLE_RATE),
        p95_ms=1000 * float(np.percentile(times_s, 95)),
    )


def _find_scores(evaluation: Evaluation, system: str) -> SliceScores:
    return next(one for one in evaluation.slices if one.system == system)
