"""Speaker encoders: ONNX networks that turn speech into an embedding of the voice.

Three layouts are known:

- ours, which ``ovoz export-encoder`` writes: the signal itself, [N, T];
- WeSpeaker's ``export_onnx.py``: ``feats`` [N, frames, 80] to ``embs``; Hamming window, samples in
  the range of 16 bits (https://github.com/wenet-e2e/wespeaker);
- 3D-Speaker's ``export_speaker_embedding_onnx.py``: ``feature`` [N, frames, 80] to ``embedding``;
  Povey window, samples in [-1, 1] (https://github.com/modelscope/3D-Speaker).

The metadata ``framework`` that sherpa-onnx writes into such files goes before names. An embedding
tells who somebody is (it is biometric data): callers keep it in memory and nowhere else.
"""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import onnxruntime

from ovoz.audio.signal import Samples
from ovoz.speakers.fbank import BANDS, compute_fbank

Embeddings = npt.NDArray[np.float32]
"""One row a window of speech, float32 [N, D], of length 1."""

_BATCH: Final = 16


class EncoderLayout(StrEnum):
    """What an encoder takes."""

    OVOZ = "ovoz"
    WESPEAKER = "wespeaker"
    THREE_D_SPEAKER = "3d-speaker"


class EncoderError(ValueError):
    """A file is no speaker encoder of a known layout."""


class SpeakerEncoder:
    """Embeds windows of speech; may be used from several threads at once.

    Args:
        path: The ONNX file.
        threads: Threads of ONNX Runtime inside one call.

    Raises:
        EncoderError: The file is missing, cannot be read, or has another layout.
    """

    def __init__(self, path: Path, *, threads: int = 1) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        if not path.is_file():
            raise EncoderError(f"there is no speaker encoder at {path}")
        try:
            self._session = onnxruntime.InferenceSession(
                path, options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # ONNX Runtime has no common class for its errors
            raise EncoderError(f"{path}: not an ONNX network: {error}") from error
        self.layout = _find_layout(self._session, path)
        self._input = self._session.get_inputs()[0].name
        self._output = self._session.get_outputs()[-1].name

    def embed(self, windows: npt.NDArray[np.float32]) -> Embeddings:
        """Embeddings of ``windows``, float32 [N, T] at 16 kHz in [-1, 1], each at least 25 ms."""
        found = []
        for start in range(0, len(windows), _BATCH):
            batch = _FEATURES[self.layout](windows[start : start + _BATCH])
            (embedded,) = self._session.run([self._output], {self._input: batch})
            found.append(embedded.reshape(len(batch), -1))
        if not found:
            return np.zeros((0, 1), np.float32)
        return normalize(np.concatenate(found).astype(np.float32, copy=False))


def normalize(vectors: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The same directions at length 1; what is zero or not finite is zero."""
    vectors = np.nan_to_num(vectors, posinf=0, neginf=0)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-9), np.float32)


def _find_layout(session: onnxruntime.InferenceSession, path: Path) -> EncoderLayout:
    inputs = session.get_inputs()
    names = (inputs[0].name, session.get_outputs()[-1].name)
    framework = session.get_modelmeta().custom_metadata_map.get("framework", "")
    layout = framework if framework in list(EncoderLayout) else _BY_NAMES.get(names)
    if len(inputs) != 1 or layout is None:
        known = "; ".join(f"{before} to {after}" for before, after in _BY_NAMES)
        raise EncoderError(f"{path}: {names[0]} to {names[1]} is no known layout: {known}")
    layout = EncoderLayout(layout)
    shape = inputs[0].shape
    if layout is EncoderLayout.OVOZ:
        fits = len(shape) == 2
    else:
        fits = len(shape) == 3 and (isinstance(shape[2], str) or shape[2] in (None, BANDS))
    if not fits:
        raise EncoderError(f"{path}: {names[0]} has the shape {shape}; layout {layout.value}")
    return layout


def _stack(compute: Callable[[Samples], npt.NDArray[np.float32]]) -> Callable[[Samples], Samples]:
    return lambda windows: np.stack([compute(one) for one in windows])


_BY_NAMES: Final = {
    ("samples", "embedding"): EncoderLayout.OVOZ,
    ("feats", "embs"): EncoderLayout.WESPEAKER,
    ("feature", "embedding"): EncoderLayout.THREE_D_SPEAKER,
}
_FEATURES: Final[dict[EncoderLayout, Callable[[Samples], Samples]]] = {
    EncoderLayout.OVOZ: np.ascontiguousarray,
    EncoderLayout.WESPEAKER: _stack(lambda one: compute_fbank(one, "hamming", as_int16=True)),
    EncoderLayout.THREE_D_SPEAKER: _stack(lambda one: compute_fbank(one, "povey", as_int16=False)),
}
