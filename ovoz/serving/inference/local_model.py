"""The loaded model, and how it is asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from ovoz.decoding.hot_words import HotWordsError
from ovoz.engine.artifact.storage import read_description
from ovoz.engine.ctc import CtcEngine
from ovoz.engine.load import load_engine, load_symbols
from ovoz.engine.precision import Device
from ovoz.engine.transcript import Transcript
from ovoz.serving.inference.device import Asked, device_of
from ovoz.serving.inference.hints import HintedDecoder
from ovoz.serving.inference.model import ModelInfo
from ovoz.serving.inference.options import RecognitionRequest
from ovoz.serving.inference.reading import AttentionReader, CtcReader, Reader

BATCH_FRAMES_ON_GPU: Final = 16_000
"""Feature frames, padding included, that a GPU reads at once; a CPU is faster one by one."""


@dataclass(frozen=True)
class Recogniser:
    """A model loaded in this process."""

    info: ModelInfo
    reader: Reader

    @classmethod
    def load(cls, directory: Path, *, threads: int, device: Asked = "cpu") -> Self:
        """The recogniser of a model artifact.

        Raises:
            ArtifactError: the artifact is missing, damaged, or of another layout version.
            ValueError: the device cannot be had here.
        """
        found = device_of(device)
        engine = load_engine(directory, threads=threads, device=found)
        info = ModelInfo(read_description(directory, verify=False), found)
        if isinstance(engine, CtcEngine):
            decoder = HintedDecoder(engine.decoder, load_symbols(directory))
            return cls(info, CtcReader(engine, decoder))
        return cls(info, AttentionReader(engine))

    @property
    def batch_frames(self) -> int:
        """Feature frames worth reading at once; 0 where one by one is faster."""
        return 0 if self.info.device is Device.CPU else BATCH_FRAMES_ON_GPU

    def transcribe_all(
        self, batch: Sequence[RecognitionRequest]
    ) -> list[Transcript | HotWordsError]:
        """What came of every recording, in order; hot words spoil their own recording only.

        May be called from several threads at once.
        """
        return self.reader.read(batch)
