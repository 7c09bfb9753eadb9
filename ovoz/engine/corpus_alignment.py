"""Words of a corpus placed in its audio: aligned utterances, stretches of recordings."""

from collections.abc import Iterable, Iterator
from typing import Final

from ovoz.audio.signal import Samples, Seconds
from ovoz.corpus.dataset import Dataset
from ovoz.corpus.manifest import Utterance
from ovoz.corpus.segmentation import Stretch
from ovoz.corpus.splicing import Aligned, SpokenWord
from ovoz.decoding.forced_alignment import Aligner, AlignmentError
from ovoz.engine.readers.ctc import CtcReader
from ovoz.engine.recording import transcribe_recording
from ovoz.engine.transcript import SupportsTranscribe

_PADDING_S: Final[Seconds] = 0.15
"""Audio kept before the first and after the last word of an utterance cut for a corpus."""


def align_utterances(
    reader: CtcReader, aligner: Aligner, dataset: Dataset, rows: Iterable[Utterance]
) -> Iterator[Aligned]:
    """Rows with the times of their words; rows whose text does not fit the audio are skipped.

    Args:
        reader: Gives the log-probabilities of the audio.
        aligner: Over the symbols of the reader's network.
        dataset: Where the rows are from.
        rows: Their texts are placed.

    Raises:
        AudioError: A row's audio cannot be read.
    """
    for row in rows:
        (log_probs,) = reader.log_probs([dataset.samples(row)])
        try:
            found = aligner.align(log_probs, row.text)
        except AlignmentError:
            continue
        words = tuple(
            SpokenWord(one.text, one.start_frame * reader.frame_s, one.end_frame * reader.frame_s)
            for one in found.words
        )
        yield Aligned(row, words, found.score)


def find_spoken_stretches(engine: SupportsTranscribe, pieces: Iterable[Samples]) -> list[Stretch]:
    """Stretches of speech in a recording, with their words, for cutting utterances.

    Arguments and errors are those of :func:`transcribe_recording`.
    """
    return [
        Stretch(
            max(0.0, transcript.words[0].start_s - _PADDING_S),
            transcript.words[-1].end_s + _PADDING_S,
            tuple(word.text for word in transcript.words),
        )
        for transcript in transcribe_recording(engine, pieces)
    ]
