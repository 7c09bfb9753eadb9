"""Transcripts of recordings that nobody transcribed, each read twice."""

from collections.abc import Callable
from pathlib import Path

from ovoz.audio.signal import Samples
from ovoz.corpus.manifest import Utterance
from ovoz.corpus.pseudo_labels import DoubleReading
from ovoz.engine.load import choose_second_decoder, load_engine


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
