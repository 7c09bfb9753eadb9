"""Voice activity detection by the Silero network on ONNX Runtime.

The network is the file in the ``silero-vad`` package. The package itself is not imported, because
it imports torch, which the serving install lacks; hence the code around the network is written
here.
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
"""Samples per probability (32 ms)."""
PACKAGE: Final = "silero_vad"
_CONTEXT: Final = 64
_FRAMES_PER_CALL: Final = 512
_MODEL: Final = "silero_vad_16k_sequence.onnx"


@dataclass(frozen=True, slots=True)
class SpeechSegment:
    """A part of a recording in which somebody speaks."""

    start_s: Seconds
    end_s: Seconds


class VadConfig(BaseModel):
    """Thresholds of detection.

    A segment starts at a probability of ``threshold`` and ends under ``release``. Pauses shorter
    than ``min_silence_s`` do not end it, segments shorter than ``min_speech_s`` are dropped, and
    the others are widened by ``pad_s`` on both sides.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    threshold: float = Field(default=0.5, gt=0, lt=1)
    release: float = Field(default=0.35, gt=0, lt=1)
    min_speech_s: float = Field(default=0.25, ge=0)
    min_silence_s: float = Field(default=0.1, ge=0)
    pad_s: float = Field(default=0.03, ge=0)


def detect_speech(samples: Samples, config: VadConfig | None = None) -> list[SpeechSegment]:
    """Find the segments with speech, in order and without overlap.

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
        for start, end in _find_runs(compute_speech_probabilities(samples), config)
    ]
    return _widen(
        [(start_s, end_s) for start_s, end_s in spoken if end_s - start_s >= config.min_speech_s],
        duration_s(samples),
        config.pad_s,
    )


def _widen(
    spoken: list[tuple[Seconds, Seconds]], total_s: Seconds, pad_s: Seconds
) -> list[SpeechSegment]:
    """Widen segments on both sides, at most to the middle of the pause between two of them."""
    middles = [(end_s + start_s) / 2 for (_, end_s), (start_s, _) in pairwise(spoken)]
    return [
        SpeechSegment(max(start_s - pad_s, low_s), min(end_s + pad_s, high_s))
        for (start_s, end_s), low_s, high_s in zip(
            spoken, [0.0, *middles], [*middles, total_s], strict=bool(spoken)
        )
    ]


def compute_speech_probabilities(samples: Samples) -> npt.NDArray[np.float32]:
    """Probability of speech in each 32 ms frame, float32 [ceil(T / 512)]; the last is padded."""
    padded = np.zeros(-(-len(samples) // FRAME) * FRAME, dtype=np.float32)
    padded[: len(samples)] = samples
    return SpeechProbabilities().feed(padded)


class SpeechProbabilities:
    """Probabilities of speech in a signal that arrives in pieces.

    The network's state goes on from piece to piece, so the pieces may be cut anywhere.

    Raises:
        ModuleNotFoundError: The ``silero-vad`` package is not installed.
    """

    def __init__(self) -> None:
        self._session = _load_session()
        self.reset()

    def reset(self) -> None:
        """Forget what was heard: the next piece does not follow the last one."""
        self._hidden = self._cell = np.zeros((1, 1, 128), dtype=np.float32)
        self._kept = np.zeros(_CONTEXT, dtype=np.float32)

    def feed(self, samples: Samples) -> npt.NDArray[np.float32]:
        """Probabilities of the 32 ms frames that ``samples`` [T] complete, float32 [N]."""
        signal = np.concatenate([self._kept, samples.astype(np.float32, copy=False)])
        frames = (len(signal) - _CONTEXT) // FRAME
        # A copy: a view would hold the whole signal.
        self._kept = signal[frames * FRAME :].copy()
        found = [np.zeros(0, dtype=np.float32)]
        for block in _slice_blocks(signal, frames) if frames else ():
            values, self._hidden, self._cell = self._session.run(
                ["speech_probs", "hn", "cn"], {"input": block, "h": self._hidden, "c": self._cell}
            )
            found.append(values.reshape(-1))
        return np.concatenate(found)


def _slice_blocks(signal: Samples, frames: int) -> Iterator[npt.NDArray[np.float32]]:
    """Blocks [N, 64 + 512] of frames, each frame with the 64 samples before it."""
    windows = np.lib.stride_tricks.sliding_window_view(signal, _CONTEXT + FRAME)[::FRAME][:frames]
    for start in range(0, frames, _FRAMES_PER_CALL):
        yield np.ascontiguousarray(windows[start : start + _FRAMES_PER_CALL])


def _find_runs(
    probabilities: npt.NDArray[np.float32], config: VadConfig
) -> Iterator[tuple[int, int]]:
    """Runs of frames [start, end) that count as speech, short pauses included."""
    silent_frames = config.min_silence_s * SAMPLE_RATE / FRAME
    start = end = -1
    for frame, probability in enumerate(probabilities):
        if probability >= config.threshold or (end == frame and probability >= config.release):
            start, end = (frame if start < 0 else start), frame + 1
        elif start >= 0 and frame + 1 - end >= silent_frames:
            yield start, end
            start = end = -1
    if start >= 0:
        yield start, end


def find_network() -> Path | None:
    """Path of the network's file; None where ``silero-vad`` is not installed."""
    package = importlib.util.find_spec(PACKAGE)
    if package is None or package.origin is None:
        return None
    return Path(package.origin).parent / "data" / _MODEL


@cache
def _load_session() -> onnxruntime.InferenceSession:
    path = find_network()
    if path is None:
        raise ModuleNotFoundError("voice activity detection needs the package silero-vad")
    options = onnxruntime.SessionOptions()
    options.inter_op_num_threads = options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
