"""Transcripts of recordings that nobody transcribed, each read twice."""

from collections.abc import Callable
from pathlib import Path

from ovoz.audio.signal import Samples
from ovoz.corpus.manifest import Utterance
from ovoz.corpus.pseudo_labels import DoubleReading
from ovoz.decoding.config import DecoderConfig
from ovoz.engine.artifact.description import EngineKind
from ovoz.engine.artifact.storage import read_description
from ovoz.engine.load import load_engine


def load_two_readers(artifact: Path) -> Callable[[Utterance, Samples], DoubleReading]:
    """A function that transcribes a recording by both readers of an artifact.

    The second reader is the other head where the model has two, else the best path.

    Raises:
        ArtifactError: The artifact is missing or damaged.
    """
    served = load_engine(artifact)
    other = load_engine(artifact, decoder=choose_second_decoder(artifact))

    def read(row: Utterance, samples: Samples) -> DoubleReading:
        first, second = (engine.transcribe([samples])[0] for engine in (served, other))
        return DoubleReading(row, first.text, first.language, first.confidence, second.text)

    return read


def choose_second_decoder(directory: Path) -> DecoderConfig:
    """A decoder that reads differently from the artifact's own, for a second opinion.

    It is the best path of the other head where there are two, else of the only one.

    Raises:
        ArtifactError: The artifact is missing or damaged.
    """
    description = read_description(directory, verify=False)
    other = description.engine is EngineKind.CTRANSLATE2
    both = description.has_ctc and description.has_attention
    return DecoderConfig.best_path(ctc=other if both else description.has_ctc)
