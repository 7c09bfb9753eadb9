"""The hybrid engine on ONNX Runtime: what is served; needs no torch."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ovoz.decoding.ctc_path import LogProbs
from ovoz.engine.onnx import CPU, NONE, TENSORRT, ProviderOptions, open_session
from ovoz.engine.rescoring import RescoringEngine
from ovoz.model.features import Features

_Frames = npt.NDArray[np.float32]


class OnnxRescoringEngine(RescoringEngine[_Frames]):
    """Runs an exported encoder that gives its frames too, and an exported attention head.

    Args:
        encoder: the ONNX file; its outputs are ``log_probs``, ``out_lengths`` and ``hidden``.
        head: the ONNX file that judges; ``hidden`` and ``tokens`` to ``scores``.
        threads_per_piece: threads of ONNX Runtime inside one piece.
        providers: execution providers of ONNX Runtime, the preferred one first; TensorRT runs
            the encoder alone.
        options: settings of providers, by their name.
        more: see :class:`RescoringEngine`.

    Raises:
        ArtifactError: a file is missing or ONNX Runtime cannot read it.
        ValueError: a provider is not in this build of ONNX Runtime.
    """

    def __init__(
        self,
        encoder: Path,
        head: Path,
        *more: Any,
        threads_per_piece: int = 1,
        providers: Sequence[str] = CPU,
        options: ProviderOptions = NONE,
        **settings: Any,
    ) -> None:
        self._encoder = open_session(encoder, threads_per_piece, providers, options)
        # Every clip brings another number and length of texts: nothing to build ahead for.
        others = [one for one in providers if one != TENSORRT]
        self._head = open_session(head, threads_per_piece, others)
        super().__init__(*more, **settings)

    def _hear(self, features: Features) -> tuple[LogProbs, _Frames]:
        inputs = {"features": features[None], "lengths": np.array([features.shape[1]])}
        log_probs, hidden = self._encoder.run(["log_probs", "hidden"], inputs)
        return log_probs[0], hidden

    def _score(
        self, hidden: _Frames, tokens: npt.NDArray[np.int64], prompt: int
    ) -> npt.NDArray[np.float32]:
        # The length of the prompt is a constant of the exported head.
        scores: npt.NDArray[np.float32]
        (scores,) = self._head.run(["scores"], {"hidden": hidden, "tokens": tokens})
        return scores
