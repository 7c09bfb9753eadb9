"""The CTC engine on ONNX Runtime: what is served; needs no torch."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np
import numpy.typing as npt
import onnxruntime

from ovoz.audio.signal import Seconds
from ovoz.decoding.hypothesis import Decoder
from ovoz.engine.artifact.storage import ArtifactError
from ovoz.engine.ctc import DEFAULT_BATCH_FRAMES, DEFAULT_WINDOW_S, CtcEngine
from ovoz.model.features import LogMelConfig
from ovoz.text.language import Language, word_language

CPU: Final = ("CPUExecutionProvider",)

ProviderOptions = Mapping[str, Mapping[str, str]]
"""Settings of execution providers, by their name."""

TENSORRT: Final = "TensorrtExecutionProvider"

NONE: Final[ProviderOptions] = {}

_REMEDIES: Final = {
    "CUDAExecutionProvider": "CUDA comes with onnxruntime-gpu, in place of onnxruntime.",
    TENSORRT: "TensorRT comes with onnxruntime-gpu and the package tensorrt.",
}

_Result = TypeVar("_Result")


class OnnxEngine(CtcEngine):
    """Runs an exported encoder.

    On the CPU every piece of audio runs alone, ``threads`` pieces side by side. That is faster
    than batches (no padding, no threads waiting on each other; ``benchmarks/engines.py``), and it
    makes an int8 result independent of its neighbours: dynamic quantization takes the range of
    the activations over the whole batch. Other providers get batches of like length.

    Args:
        encoder: the ONNX file; its inputs are ``features`` and ``lengths``, its outputs
            ``log_probs`` and ``out_lengths``.
        threads: pieces of audio worked on side by side, on the CPU.
        threads_per_piece: threads of ONNX Runtime inside one piece; more than one shortens the
            answer for large networks only.
        providers: execution providers of ONNX Runtime, the preferred one first.
        options: settings of providers, by their name.
        most_together: most pieces of a batch.
        features: see :class:`CtcEngine`, as for the further arguments.

    Raises:
        ArtifactError: the file is missing or ONNX Runtime cannot read it.
        ValueError: a provider is not in this build of ONNX Runtime, or could not be started.
    """

    def __init__(
        self,
        encoder: Path,
        *,
        features: LogMelConfig,
        frame_s: Seconds,
        decoder: Decoder,
        model_version: str,
        window_s: Seconds = DEFAULT_WINDOW_S,
        threads: int = 1,
        threads_per_piece: int = 1,
        providers: Sequence[str] = CPU,
        options: ProviderOptions = NONE,
        most_together: int | None = None,
        label: Callable[[str], Language] = word_language,
    ) -> None:
        on_cpu = tuple(providers) == CPU
        self._session = open_session(encoder, threads_per_piece, providers, options)
        self._pool = ThreadPoolExecutor(threads) if on_cpu and threads > 1 else None
        classes = self._session.get_outputs()[0].shape[-1]
        super().__init__(
            features=features,
            frame_s=frame_s,
            window_s=window_s,
            classes=classes,
            decoder=decoder,
            model_version=model_version,
            batch_frames=0 if on_cpu else DEFAULT_BATCH_FRAMES,
            most_together=most_together,
            label=label,
        )

    def _map(self, work: Callable[..., _Result], *items: Iterable[Any]) -> Iterable[_Result]:
        return self._pool.map(work, *items) if self._pool else map(work, *items)

    def _encode(
        self, features: npt.NDArray[np.float32], lengths: npt.NDArray[np.int64]
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
        inputs = {"features": features, "lengths": lengths}
        log_probs, out_lengths = self._session.run(["log_probs", "out_lengths"], inputs)
        return log_probs, out_lengths


def open_session(
    encoder: Path,
    threads: int,
    providers: Sequence[str],
    options: ProviderOptions = NONE,
) -> onnxruntime.InferenceSession:
    """A network ready to run, ``threads`` inside a call.

    Raises:
        ArtifactError: the file is missing or ONNX Runtime cannot read it.
        ValueError: a provider is not in this build of ONNX Runtime, or could not be started.
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
