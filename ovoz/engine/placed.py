"""Where the words of a corpus lie, and what is heard where in a recording."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from ovoz.audio.decode import decode
from ovoz.audio.signal import Samples, Seconds
from ovoz.corpus.manifest import Utterance
from ovoz.corpus.segmentation import Stretch
from ovoz.corpus.splicing import Aligned, SpokenWord
from ovoz.decoding.forced_alignment import Aligner, AlignmentError
from ovoz.engine.ctc import CtcEngine
from ovoz.engine.recording import transcribe_recording
from ovoz.engine.transcript import Engine

EDGE_S: Final[Seconds] = 0.15
"""Sound kept before the first and behind the last word of a stretch."""


def aligned(
    engine: CtcEngine, aligner: Aligner, rows: Iterable[Utterance], root: Path
) -> Iterator[Aligned]:
    """Rows with their words in time; those whose text cannot lie in the sound are left out.

    Args:
        engine: Hears the sound.
        aligner: Over the symbols of the engine's network.
        rows: Of a manifest.
        root: Folder that their audio paths are relative to.

    Raises:
        AudioError: A row's audio cannot be read.
    """
    for row in rows:
        (log_probs,) = engine.log_probs([decode(root / row.audio)])
        try:
            found = aligner.align(log_probs, row.text)
        except AlignmentError:
            continue
        words = tuple(
            SpokenWord(one.text, one.start_frame * engine.frame_s, one.end_frame * engine.frame_s)
            for one in found.words
        )
        yield Aligned(row, words, found.score)


def heard(engine: Engine, pieces: Iterable[Samples]) -> list[Stretch]:
    """Stretches of speech in a recording (float32 [T] at 16 kHz, piece after piece)."""
    return [
        Stretch(
            max(0.0, one.words[0].start_s - EDGE_S),
            one.words[-1].end_s + EDGE_S,
            tuple(word.text for word in one.words),
        )
        for one in transcribe_recording(engine, pieces)
    ]
