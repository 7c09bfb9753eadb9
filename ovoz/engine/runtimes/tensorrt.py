"""TensorRT through ONNX Runtime: plans compiled for one kind of GPU, kept in the artifact.

Options: https://onnxruntime.ai/docs/execution-providers/TensorRT-ExecutionProvider.html
"""

import os
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from ovoz.audio.signal import SAMPLE_RATE, Seconds
from ovoz.engine.precision import Precision
from ovoz.engine.runtimes.onnx import TENSORRT, ProviderOptions
from ovoz.model.features import LogMelConfig

FOLDER: Final = "tensorrt"
"""Folder of the artifact for plans; they run only on the kind of GPU that compiled them."""

PRECISIONS: Final = (Precision.FP32, Precision.FP16)
"""No int8: TensorRT takes no dynamic ranges, and static ones only if they are symmetric."""


class TensorrtConfig(BaseModel):
    """Shapes that a plan is compiled for, and effort of the compilation."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    typical_batch: int = Field(default=8, ge=1)
    max_batch: int = Field(default=32, ge=1)
    """Largest batch that runs."""
    typical_s: Seconds = Field(default=5.0, gt=0)
    """Audio length that kernels are chosen for; any length up to the window runs."""
    workspace_mb: int = Field(default=4096, ge=64)
    """GPU memory for trying kernels."""
    effort: int = Field(default=3, ge=0, le=5)
    """TensorRT's builder optimization level; higher takes minutes longer and may run faster."""


def provider_options(
    cache: Path,
    precision: Precision,
    features: LogMelConfig,
    window_s: Seconds,
    config: TensorrtConfig | None = None,
) -> dict[str, str]:
    """Options of ONNX Runtime's TensorRT provider for an encoder.

    One optimisation profile covers every batch and length that the reader can send, so that
    nothing is compiled during a request. Plans and timings of kernels are kept in ``cache``, so
    that the second start takes seconds.

    Args:
        cache: Folder for both.
        precision: With fp16, TensorRT chooses per layer; layer norms stay fp32.
        features: Shape of the features the network reads.
        window_s: Longest audio read at once.
        config: Shapes and effort.

    Raises:
        ValueError: A precision that TensorRT cannot run.
    """
    if precision not in PRECISIONS:
        raise ValueError(
            f"TensorRT runs {' and '.join(PRECISIONS)}, not {precision}: name one of them"
        )
    config = config or TensorrtConfig()
    longest = frames(window_s, features)
    usual = min(frames(config.typical_s, features), longest)
    together = min(config.typical_batch, config.max_batch)
    half = precision is Precision.FP16
    return {
        "trt_profile_min_shapes": _shapes(1, features.n_mels, 1),
        "trt_profile_opt_shapes": _shapes(together, features.n_mels, usual),
        "trt_profile_max_shapes": _shapes(config.max_batch, features.n_mels, longest),
        "trt_fp16_enable": str(half),
        "trt_layer_norm_fp32_fallback": str(half),
        "trt_engine_cache_enable": "True",
        "trt_engine_cache_path": str(cache),
        "trt_engine_cache_prefix": f"encoder-{precision}",
        "trt_timing_cache_enable": "True",
        "trt_timing_cache_path": str(cache),
        "trt_max_workspace_size": str(config.workspace_mb << 20),
        "trt_builder_optimization_level": str(config.effort),
    }


def _shapes(batch: int, n_mels: int, length: int) -> str:
    return f"features:{batch}x{n_mels}x{length},lengths:{batch}"


def frames(seconds: Seconds, features: LogMelConfig) -> int:
    """Most feature frames of audio of a length, in seconds."""
    return int(seconds * SAMPLE_RATE) // features.hop + 1


def cache_folder(artifact: Path, version: str) -> Path:
    """The folder for an artifact's plans: inside it, or in the user's cache if it is read-only.

    ``version`` names the weights, so that two models never share a folder in the cache.
    """
    inside = artifact / FOLDER
    try:
        inside.mkdir(exist_ok=True)
        with tempfile.TemporaryFile(dir=inside):
            return inside
    except OSError:
        home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
        outside = Path(home) / "ovoz" / FOLDER / version
        outside.mkdir(parents=True, exist_ok=True)
        return outside


def require_tensorrt() -> None:
    """Load TensorRT's libraries, which do not come with ONNX Runtime.

    Without them ONNX Runtime would fall back to CUDA with only a line in the log.

    Raises:
        ModuleNotFoundError: The package is not installed; the message says how to get it.
    """
    if find_spec("tensorrt") is None:
        raise ModuleNotFoundError(
            "TensorRT is not installed: pip install tensorrt, of the version that this"
            " onnxruntime-gpu was built for (its documentation has the table)"
        )
    import tensorrt  # noqa: F401  (importing it loads the libraries)


def options_of(
    artifact: Path,
    version: str,
    precision: Precision,
    features: LogMelConfig,
    window_s: Seconds,
) -> ProviderOptions:
    """Options by provider for an encoder of an artifact.

    Raises:
        ModuleNotFoundError: As :func:`require_tensorrt`.
        ValueError: As :func:`provider_options`.
    """
    cache = cache_folder(artifact, version)
    options = provider_options(cache, precision, features, window_s)
    require_tensorrt()
    return {TENSORRT: options}
