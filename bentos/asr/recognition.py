"""The loaded model, and how it is asked."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from bentos.asr.hints import HintedDecoder, LanguageHint
from ovoz.audio.signal import Samples, duration_s
from ovoz.engine.artifact import TOKENIZER_FILE, read_description
from ovoz.engine.assemble import assemble
from ovoz.engine.ctc import CtcEngine
from ovoz.engine.load import load_engine
from ovoz.engine.transcript import Transcript
from ovoz.model.tokenizer import CharTokenizer


@dataclass(frozen=True)
class Recogniser:
    """A loaded model; ``notice`` says what it was trained on."""

    engine: CtcEngine
    decoder: HintedDecoder
    notice: str

    @classmethod
    def load(cls, directory: Path, *, threads: int) -> Self:
        """The recogniser of a model artifact.

        Raises:
            ArtifactError: the artifact is missing, damaged, or of another layout version.
        """
        engine = load_engine(directory, threads=threads)
        symbols = CharTokenizer.load(directory / TOKENIZER_FILE).symbols
        description = read_description(directory, verify=False)
        return cls(
            engine,
            HintedDecoder(engine.decoder, symbols),
            f"trained on {description.training_data}",
        )

    def transcribe(self, samples: Samples, hint: LanguageHint) -> Transcript:
        """The transcript of ``samples``, float32 [T] at 16 kHz in [-1, 1], under a hint.

        May be called from several threads at once.
        """
        (log_probs,) = self.engine.log_probs([samples])
        return assemble(
            self.decoder.decode(log_probs, hint),
            frame_s=self.engine.frame_s,
            duration_s=duration_s(samples),
            model_version=self.engine.model_version,
            label=self.engine.label,
        )
