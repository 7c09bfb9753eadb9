"""The loaded model, and how it is asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Self

from bentos.asr.hints import RULED_OUT, HintedDecoder, LanguageHint
from ovoz.audio.signal import Samples, duration_s
from ovoz.engine.artifact import read_description
from ovoz.engine.assemble import assemble
from ovoz.engine.ctc import CtcEngine
from ovoz.engine.load import load_engine, load_symbols
from ovoz.engine.transcript import Transcript

if TYPE_CHECKING:
    from ovoz.engine.attention import AttentionEngine


@dataclass(frozen=True)
class Recogniser:
    """A loaded model; ``notice`` says what it was trained on.

    ``decoder`` reads what a CTC engine hears; an attention engine reads by itself. ``identity``
    stands for the whole artifact: the same weights with another lexicon have another one.
    """

    engine: "CtcEngine | AttentionEngine"
    decoder: HintedDecoder | None
    notice: str
    identity: str = ""

    @classmethod
    def load(cls, directory: Path, *, threads: int) -> Self:
        """The recogniser of a model artifact.

        Raises:
            ArtifactError: the artifact is missing, damaged, or of another layout version.
        """
        engine = load_engine(directory, threads=threads)
        description = read_description(directory, verify=False)
        decoder = None
        if isinstance(engine, CtcEngine):
            decoder = HintedDecoder(engine.decoder, load_symbols(directory))
        identity = sha256(description.model_dump_json().encode()).hexdigest()
        return cls(engine, decoder, f"trained on {description.training_data}", identity)

    def transcribe(
        self, samples: Samples, hint: LanguageHint, hot_words: Sequence[str] = ()
    ) -> Transcript:
        """The transcript of ``samples``, float32 [T] at 16 kHz in [-1, 1], under a hint.

        May be called from several threads at once.

        Raises:
            HotWordsError: ``hot_words`` cannot be used.
        """
        if self.decoder is None:
            avoid = RULED_OUT.get(hint)
            return self.engine.transcribe([samples], hot_words=hot_words, avoid=avoid)[0]
        (log_probs,) = self.engine.log_probs([samples])
        return assemble(
            self.decoder.decode(log_probs, hint, hot_words),
            frame_s=self.engine.frame_s,
            duration_s=duration_s(samples),
            model_version=self.engine.model_version,
            label=self.engine.label,
        )
