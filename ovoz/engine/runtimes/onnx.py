"""Exported networks on ONNX Runtime; needs no torch."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import onnxruntime

from ovoz.decoding.ctc_path import LogProbs
from ovoz.engine.artifact.storage import ArtifactError
from ovoz.engine.runtimes import TokenScorer
from ovoz.model.features import Features

CPU: Final = ("CPUExecutionProvider",)

ProviderOptions = Mapping[str, Mapping[str, str]]
"""Settings of execution providers, by their name."""

TENSORRT: Final = "TensorrtExecutionProvider"

NO_OPTIONS: Final[ProviderOptions] = {}

_REMEDIES: Final = {
    "CUDAExecutionProvider": "CUDA comes with onnxruntime-gpu, in place of onnxruntime.",
    TENSORRT: "TensorRT comes with onnxruntime-gpu and the package tensorrt.",
}


class OnnxCtc:
    """Runs an exported encoder with a CTC head.

    Args:
        encoder: The ONNX file; its inputs are ``features`` and ``lengths``, its outputs
            ``log_probs`` and ``out_lengths``.
        threads: Threads of ONNX Runtime inside one call; more than one shortens the answer for
            large networks only.
        providers: Execution providers of ONNX Runtime, the preferred one first.
        options: Settings of providers, by their name.

    Raises:
        ArtifactError: The file is missing or ONNX Runtime cannot read it.
        ValueError: A provider is not in this build of ONNX Runtime, or could not be started.
    """

    def __init__(
        self,
        encoder: Path,
        *,
        threads: int = 1,
        providers: Sequence[str] = CPU,
        options: ProviderOptions = NO_OPTIONS,
    ) -> None:
        self._session = open_session(encoder, threads, providers, options)

    def log_probs(
        self, features: npt.NDArray[np.float32], lengths: npt.NDArray[np.int64]
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
        """As :meth:`ovoz.engine.runtimes.CtcRuntime.log_probs`."""
        inputs = {"features": features, "lengths": lengths}
        log_probs, out_lengths = self._session.run(["log_probs", "out_lengths"], inputs)
        return log_probs, out_lengths


class OnnxHybrid:
    """Runs an exported encoder that also returns its frames, and an exported attention head.

    Args:
        encoder: The ONNX file; its outputs are ``log_probs``, ``out_lengths`` and ``hidden``.
        head: The ONNX file that scores texts; ``hidden`` and ``tokens`` to ``scores``.
        threads: As for :class:`OnnxCtc`.
        providers: As for :class:`OnnxCtc`; TensorRT runs the encoder alone.
        options: As for :class:`OnnxCtc`.

    Raises:
        ArtifactError: A file is missing or ONNX Runtime cannot read it.
        ValueError: As :class:`OnnxCtc`.
    """

    def __init__(
        self,
        encoder: Path,
        head: Path,
        *,
        threads: int = 1,
        providers: Sequence[str] = CPU,
        options: ProviderOptions = NO_OPTIONS,
    ) -> None:
        self._encoder = open_session(encoder, threads, providers, options)
        # Every clip brings another number and length of texts: nothing to build ahead for.
        others = [one for one in providers if one != TENSORRT]
        self._head = open_session(head, threads, others)

    def encode(self, features: Features) -> tuple[LogProbs, TokenScorer]:
        """As :meth:`ovoz.engine.runtimes.HybridRuntime.encode`."""
        inputs = {"features": features[None], "lengths": np.array([features.shape[1]])}
        log_probs, hidden = self._encoder.run(["log_probs", "hidden"], inputs)
        return log_probs[0], partial(self._score, hidden)

    def _score(
        self, hidden: npt.NDArray[np.float32], tokens: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.float32]:
        # The length of the prompt is a constant of the exported head.
        scores: npt.NDArray[np.float32]
        (scores,) = self._head.run(["scores"], {"hidden": hidden, "tokens": tokens})
        return scores


def open_session(
    encoder: Path,
    threads: int,
    providers: Sequence[str],
    options: ProviderOptions = NO_OPTIONS,
) -> onnxruntime.InferenceSession:
    """A network ready to run, ``threads`` inside a call.

    Raises:
        ArtifactError: The file is missing or ONNX Runtime cannot read it.
        ValueError: A provider is not in this build of ONNX Runtime, or could not be started.
    """
    missing = set(providers) - set(onnxruntime.get_available_providers())
    if missing:
        raise ValueError(
            f"ONNX Runtime has no {', '.join(sorted(missing))} here; it offers"
            f" {', '.join(onnxruntime.get_available_providers())}."
            f" {' '.join(_REMEDIES[name] for name in sorted(missing & _REMEDIES.keys()))}".rstrip()
        )
    how = onnxruntime.SessionOptions()
    how.intra_op_num_threads = threads
    how.inter_op_num_threads = 1
    # Spinning threads win nothing on clips of seconds and starve the other workers of the host.
    how.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        session = onnxruntime.InferenceSession(
            str(encoder),
            how,
            providers=list(providers),
            provider_options=[dict(options.get(name, {})) for name in providers],
        )
    except Exception as error:  # ONNX Runtime raises types of its own that share no base
        raise ArtifactError(f"{encoder}: not a usable ONNX model: {error}") from error
    if session.get_providers()[0] != providers[0]:
        raise ValueError(
            f"{providers[0]} could not be started, and ONNX Runtime fell back to"
            f" {session.get_providers()[0]}: its own libraries are missing or no GPU is there."
            f" {_REMEDIES.get(providers[0], '')}".rstrip()
        )
    return session
