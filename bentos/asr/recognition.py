"""The loaded model, and how it is asked."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from bentos.asr.device import Asked, device_of
from bentos.asr.hints import RULED_OUT, HintedDecoder, LanguageHint
from ovoz.audio.signal import Samples, Seconds, duration_s
from ovoz.decoding.hot_words import HotWordsError
from ovoz.decoding.words import LogProbs
from ovoz.engine.artifact import read_description
from ovoz.engine.assemble import assemble
from ovoz.engine.ctc import CtcEngine
from ovoz.engine.description import ModelDescription
from ovoz.engine.load import load_engine, load_symbols
from ovoz.engine.precision import Device
from ovoz.engine.transcript import Transcript

if TYPE_CHECKING:
    from ovoz.engine.attention import AttentionEngine
    from ovoz.engine.onnx_rescoring import OnnxRescoringEngine

BATCH_FRAMES_ON_GPU: Final = 16_000
"""Feature frames, padding included, that a GPU reads at once; a CPU is faster one by one."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """One recording to recognise: ``samples`` float32 [T] at 16 kHz in [-1, 1]."""

    samples: Samples
    hint: LanguageHint = LanguageHint.AUTO
    hot_words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Recognised:
    """A transcript, and the seconds that the network and the reading of its output took."""

    transcript: Transcript
    model_s: Seconds
    text_s: Seconds = 0.0


@dataclass(frozen=True)
class Described:
    """A model, here or elsewhere: what its artifact says of it, and what it runs on."""

    description: ModelDescription
    device: Device

    @property
    def version(self) -> str:
        """Name and weights, as written into every transcript."""
        return self.description.model_version

    @property
    def notice(self) -> str:
        """What the model was trained on."""
        return f"trained on {self.description.training_data}"

    @cached_property
    def identity(self) -> str:
        """SHA-256 of all that the artifact says of itself, in hexadecimal.

        It stands for the whole artifact: the same weights with another lexicon have another one.
        """
        return sha256(self.description.model_dump_json().encode()).hexdigest()


@dataclass(frozen=True)
class Recogniser(Described):
    """A model loaded in this process.

    ``decoder`` reads what a CTC engine hears; engines with an attention head read by themselves.
    """

    engine: "CtcEngine | OnnxRescoringEngine | AttentionEngine"
    decoder: HintedDecoder | None

    @classmethod
    def load(cls, directory: Path, *, threads: int, device: Asked = "cpu") -> Self:
        """The recogniser of a model artifact.

        Raises:
            ArtifactError: the artifact is missing, damaged, or of another layout version.
            ValueError: the device cannot be had here.
        """
        found = device_of(device)
        engine = load_engine(directory, threads=threads, device=found)
        description = read_description(directory, verify=False)
        decoder = None
        if isinstance(engine, CtcEngine):
            decoder = HintedDecoder(engine.decoder, load_symbols(directory))
        return cls(description, found, engine, decoder)

    @property
    def batch_frames(self) -> int:
        """Feature frames worth reading at once; 0 where one by one is faster."""
        return 0 if self.device is Device.CPU else BATCH_FRAMES_ON_GPU

    def transcribe_all(self, batch: Sequence[Spoken]) -> list[Recognised | HotWordsError]:
        """What came of every recording, in order; hot words spoil their own recording only.

        May be called from several threads at once.
        """
        if self.decoder is None:
            return [self._by_attention(spoken) for spoken in batch]
        started = time.perf_counter()
        heard = self.engine.log_probs([spoken.samples for spoken in batch])
        model_s = time.perf_counter() - started
        return [
            self._read(self.decoder, log_probs, spoken, model_s)
            for log_probs, spoken in zip(heard, batch, strict=True)
        ]

    def _read(
        self, decoder: HintedDecoder, log_probs: LogProbs, spoken: Spoken, model_s: Seconds
    ) -> Recognised | HotWordsError:
        started = time.perf_counter()
        try:
            words = decoder.decode(log_probs, spoken.hint, spoken.hot_words)
        except HotWordsError as error:
            return error
        transcript = assemble(
            words,
            frame_s=self.engine.frame_s,
            duration_s=duration_s(spoken.samples),
            model_version=self.engine.model_version,
            label=self.engine.label,
        )
        return Recognised(transcript, model_s, time.perf_counter() - started)

    def _by_attention(self, spoken: Spoken) -> Recognised | HotWordsError:
        started = time.perf_counter()
        try:
            (transcript,) = self.engine.transcribe(
                [spoken.samples], hot_words=spoken.hot_words, avoid=RULED_OUT.get(spoken.hint)
            )
        except HotWordsError as error:
            return error
        return Recognised(transcript, time.perf_counter() - started)
