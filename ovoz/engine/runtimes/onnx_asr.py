"""Models of the library onnx-asr: GigaAM, NeMo, Vosk, T-one and Whisper, without torch."""

from pathlib import Path

import onnx_asr
import onnxruntime

from ovoz.audio.signal import SAMPLE_RATE, Samples
from ovoz.engine.artifact.storage import ArtifactError


class OnnxAsrText:
    """Reads text by a model of onnx-asr; may be used from several threads at once.

    Args:
        folder: The model's files.
        name: The name or type by which onnx-asr knows it.
        threads: Threads inside one call.

    Raises:
        ArtifactError: The folder holds no such model.
    """

    def __init__(self, folder: Path, name: str, *, threads: int = 1) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        try:
            # Of a folder that is there, onnx-asr asks no hub for what is missing.
            self._model = onnx_asr.load_model(
                name, folder, quantization=_quantization(folder), sess_options=options,
                providers=["CPUExecutionProvider"],
            )  # fmt: skip
        except Exception as error:  # it and ONNX Runtime raise types that share no base
            raise ArtifactError(f"{folder}: no {name} that onnx-asr can read: {error}") from error

    def __call__(self, samples: Samples) -> str:
        """The text of a signal, float32 [T] at 16 kHz, as the model writes it."""
        return str(self._model.recognize(samples, sample_rate=SAMPLE_RATE))


def _quantization(folder: Path) -> str | None:
    """``int8`` where that is all that the folder has."""
    networks = [file.stem for file in folder.rglob("*.onnx")]
    return "int8" if networks and all(name.endswith("int8") for name in networks) else None
