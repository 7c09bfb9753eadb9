"""Where in a recording somebody speaks, by the Silero VAD network on ONNX Runtime.

The network is the one that the ``silero-vad`` package carries. The package itself is never
imported, since that would load torch.
"""

import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import onnxruntime
from pydantic import BaseModel, ConfigDict, Field

from ovoz.audio.signal import SAMPLE_RATE, Samples, Seconds, duration_s

FRAME: Final = 512
"""Samples that one probability stands for (32 ms)."""
PACKAGE: Final = "silero_vad"
_CONTEXT: Final = 64
_FRAMES_PER_CALL: Final = 512
_MODEL: Final = "silero_vad_16k_sequence.onnx"


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of speech."""

    start_s: Seconds
    end_s: Seconds


class VadConfig(BaseModel):
    """When a frame counts as speech, and which stretches are kept.

    Speech starts at a probability of ``threshold`` and ends under ``release``; pauses shorter than
    ``min_silence_s`` do not end it, stretches shorter than ``min_speech_s`` are dropped, and the
    rest is widened by ``pad_s`` on both sides.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    threshold: float = Field(default=0.5, gt=0, lt=1)
    release: float = Field(default=0.35, gt=0, lt=1)
    min_speech_s: float = Field(default=0.25, ge=0)
    min_silence_s: float = Field(default=0.1, ge=0)
    pad_s: float = Field(default=0.03, ge=0)


def speech_segments(samples: Samples, config: VadConfig | None = None) -> list[Segment]:
    """The stretches of speech, in order and without overlap.

    Args:
        samples: float32 [T] at 16 kHz in [-1, 1]; may be empty.
        config: Thresholds; Silero's own by default.

    Raises:
        ModuleNotFoundError: The ``silero-vad`` package is not installed.
    """
    config = config or VadConfig()
    frame_s = FRAME / SAMPLE_RATE
    spoken = [
        (start * frame_s, min(end * frame_s, duration_s(samples)))
        for start, end in _bridged(speech_probabilities(samples), config)
    ]
    return _padded(
        [(start_s, end_s) for start_s, end_s in spoken if end_s - start_s >= config.min_speech_s],
        duration_s(samples),
        config.pad_s,
    )


def _padded(
    spoken: list[tuple[Seconds, Seconds]], total_s: Seconds, pad_s: Seconds
) -> list[Segment]:
    """Widened on both sides, at most to the middle of the pause between two neighbours."""
    middles = [(end_s + start_s) / 2 for (_, end_s), (start_s, _) in pairwise(spoken)]
    return [
        Segment(max(start_s - pad_s, low_s), min(end_s + pad_s, high_s))
        for (start_s, end_s), low_s, high_s in zip(
            spoken, [0.0, *middles], [*middles, total_s], strict=bool(spoken)
        )
    ]


def speech_probabilities(samples: Samples) -> npt.NDArray[np.float32]:
    """Probability of speech in each 32 ms frame, float32 [ceil(T / 512)]."""
    session = _session()
    hidden = cell = np.zeros((1, 1, 128), dtype=np.float32)
    found = [np.zeros(0, dtype=np.float32)]
    for block in _blocks(samples) if len(samples) else ():
        values, hidden, cell = session.run(
            ["speech_probs", "hn", "cn"], {"input": block, "h": hidden, "c": cell}
        )
        found.append(values.reshape(-1))
    return np.concatenate(found)


def _blocks(samples: Samples) -> Iterator[npt.NDArray[np.float32]]:
    """Frames [N, 64 + 512]: each with the end of the one before, the last one padded."""
    frames = -(-len(samples) // FRAME)
    padded = np.zeros(_CONTEXT + frames * FRAME, dtype=np.float32)
    padded[_CONTEXT : _CONTEXT + len(samples)] = samples
    windows = np.lib.stride_tricks.sliding_window_view(padded, _CONTEXT + FRAME)[::FRAME]
    for start in range(0, frames, _FRAMES_PER_CALL):
        yield np.ascontiguousarray(windows[start : start + _FRAMES_PER_CALL])


def _bridged(
    probabilities: npt.NDArray[np.float32], config: VadConfig
) -> Iterator[tuple[int, int]]:
    """Stretches of frames [start, end) that stay speech, short pauses included."""
    patience = config.min_silence_s * SAMPLE_RATE / FRAME
    start = end = -1
    for frame, probability in enumerate(probabilities):
        if probability >= config.threshold or (end == frame and probability >= config.release):
            start, end = (frame if start < 0 else start), frame + 1
        elif start >= 0 and frame + 1 - end >= patience:
            yield start, end
            start = end = -1
    if start >= 0:
        yield start, end


def network_path() -> Path | None:
    """The file of the network; None where the package that carries it is not installed."""
    package = importlib.util.find_spec(PACKAGE)
    if package is None or package.origin is None:
        return None
    return Path(package.origin).parent / "data" / _MODEL


@cache
def _session() -> onnxruntime.InferenceSession:
    path = network_path()
    if path is None:
        raise ModuleNotFoundError("voice activity needs the package silero-vad")
    options = onnxruntime.SessionOptions()
    options.inter_op_num_threads = options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
