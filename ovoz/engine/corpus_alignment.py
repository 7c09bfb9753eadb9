"""Words of a corpus placed in its audio: aligned utterances, stretches of recordings."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from ovoz.audio.signal import Samples, Seconds
from ovoz.corpus.dataset import Dataset
from ovoz.corpus.manifest import Utterance
from ovoz.corpus.phrases import AlignedUtterance, TimedWord
from ovoz.corpus.segmentation import Stretch
from ovoz.decoding.forced_alignment import Aligner, AlignmentError
from ovoz.engine.load import load_ctc_reader
from ovoz.engine.reader_factory import load_symbols
from ovoz.engine.recording import transcribe_recording
from ovoz.engine.transcript import SupportsTranscribe
from ovoz.progress import ProgressCallback

_PADDING_S: Final[Seconds] = 0.15
"""Audio kept before the first and after the last word of an utterance cut for a corpus."""


def align_utterances(
    artifact: Path,
    dataset: Dataset,
    rows: Sequence[Utterance],
    progress: ProgressCallback | None = None,
) -> list[AlignedUtterance]:
    """Rows with the times of their words; rows whose text does not fit the audio are skipped.

    Args:
        artifact: The model whose CTC head aligns.
        dataset: Where the rows are from.
        rows: Their texts are placed.
        progress: Called with the number of rows done and of all.

    Raises:
        ArtifactError: The artifact is missing or damaged, or has no CTC head.
        AudioError: A row's audio cannot be read.
    """
    reader, aligner = load_ctc_reader(artifact), Aligner(load_symbols(artifact))
    aligned = []
    for done, row in enumerate(rows, start=1):
        (log_probs,) = reader.log_probs([dataset.samples(row)])
        with suppress(AlignmentError):
            found = aligner.align(log_probs, row.text)
            words = tuple(
                TimedWord(
                    one.text, one.start_frame * reader.frame_s, one.end_frame * reader.frame_s
                )
                for one in found.words
            )
            aligned.append(AlignedUtterance(row, words, found.score))
        if progress is not None:
            progress(done, len(rows))
    return aligned


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
