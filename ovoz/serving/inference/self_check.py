"""Whether a model that was just loaded works: before it gets the first request of a caller."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from rapidfuzz.distance import Levenshtein

from ovoz.audio.signal import SAMPLE_RATE
from ovoz.engine.artifact.description import ModelDescription
from ovoz.engine.artifact.probes import ProbeClip, read_probes
from ovoz.engine.precision import Precision
from ovoz.serving.inference.local_model import LocalModel
from ovoz.serving.inference.options import RecognitionOptions, RecognitionRequest
from ovoz.serving.telemetry import metrics
from ovoz.serving.telemetry.process import available_bytes

MAX_CHANGED: Final = 0.1
"""Share of a probe's characters that may differ: int8 arithmetic differs between processors."""
_COPIES: Final = 3
"""Runtimes hold the weights as read, as arranged for the processor, and room to compute."""
_SPARE_BYTES: Final = 64 * 1024 * 1024
_MIB: Final = 1024 * 1024


class UnfitModelError(RuntimeError):
    """The model is not taken; the message says why."""


def check_memory(folder: Path, description: ModelDescription) -> None:
    """Refuse to load what does not fit beside the model that is served.

    Raises:
        UnfitModelError: The machine has not so much left.
    """
    needed, available = needed_bytes(folder, description), available_bytes()
    if needed > available:
        raise UnfitModelError(
            f"{description.model_version} needs about {needed // _MIB} MiB beside the model that"
            f" is served, and {available // _MIB} MiB are available"
        )


def needed_bytes(folder: Path, description: ModelDescription) -> int:
    """An estimate of the memory that a model takes, from the files that are loaded."""
    left_out = {
        description.weights(precision)
        for precision in Precision
        if precision is not description.precision
    }
    sizes = ((folder / name).stat().st_size for name in description.files if name not in left_out)
    return _COPIES * sum(sizes) + _SPARE_BYTES


def check_model(model: LocalModel, folder: Path) -> None:
    """Let the model read its probe clips, which also warms it.

    An artifact without probe clips reads a second of noise, whose text nobody knows.

    Raises:
        ArtifactError: The clips cannot be read.
        UnfitModelError: It fails, or writes something else than was registered.
    """
    probes: Sequence[ProbeClip] = read_probes(folder)
    noise = np.random.default_rng(0).normal(0, 0.05, SAMPLE_RATE).astype(np.float32)
    errors = 0
    for probe in probes or [ProbeClip(noise, "")]:
        written = _read(model, probe, RecognitionOptions())
        _read(model, probe, RecognitionOptions(draft=True))
        errors += Levenshtein.distance(probe.text.split(), written.split())
        if probes and _changed(probe.text, written) > MAX_CHANGED:
            raise UnfitModelError(
                f"{model.info.version} writes {written!r} for a probe clip that it was registered"
                f" with as {probe.text!r}"
            )
    if words := sum(len(probe.text.split()) for probe in probes):
        metrics.WER.labels("probe", model.info.version, "all").set(errors / words)


def _read(model: LocalModel, probe: ProbeClip, options: RecognitionOptions) -> str:
    try:
        (transcript,) = model.transcribe_all([RecognitionRequest(probe.samples, options)])
    except Exception as error:  # whatever it is, callers would meet it too
        raise UnfitModelError(f"{model.info.version} fails on a probe clip: {error}") from error
    if isinstance(transcript, Exception):
        raise UnfitModelError(f"{model.info.version} fails on a probe clip: {transcript}")
    return transcript.text


def _changed(registered: str, written: str) -> float:
    return Levenshtein.distance(registered, written) / max(1, len(registered))
