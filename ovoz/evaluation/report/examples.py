"""Utterances worth hearing: switches of language, a spread of each source, and the worst."""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
from jiwer import process_words

from ovoz.audio.containers import AudioError
from ovoz.audio.decode import decode
from ovoz.audio.signal import SAMPLE_RATE
from ovoz.evaluation.rows import HypothesisRow
from ovoz.text.language import Language

_SPREAD: Final = 6
_WORST: Final = 12


@dataclass(frozen=True, slots=True)
class ShownWord:
    """A word with its language, and whether it is right."""

    text: str
    language: str
    right: bool


@dataclass(frozen=True, slots=True)
class ShownUtterance:
    """An utterance; ``errors`` per word said, ``sound`` a data URI or empty."""

    row: HypothesisRow
    reference: tuple[ShownWord, ...]
    hypothesis: tuple[ShownWord, ...]
    errors: float
    sound: str = ""


def choose_switch_examples(rows: Sequence[HypothesisRow]) -> list[ShownUtterance]:
    """Mixed utterances from good to bad, playable."""
    return _spread([row for row in rows if row.language is Language.MIXED])


def choose_plain_examples(rows: Sequence[HypothesisRow]) -> list[ShownUtterance]:
    """Utterances in one language from good to bad, playable, of each source and language."""
    plain = [row for row in rows if row.language is not Language.MIXED]
    kinds = sorted({(row.source, row.language) for row in plain})
    return [
        shown
        for kind in kinds
        for shown in _spread([row for row in plain if (row.source, row.language) == kind])
    ]


def find_worst(rows: Sequence[HypothesisRow]) -> list[ShownUtterance]:
    """The utterances with the most errors per word, playable."""
    worst = sorted((_example(row) for row in rows), key=lambda one: -one.errors)[:_WORST]
    return [_with_sound(one) for one in worst]


def _spread(rows: Sequence[HypothesisRow]) -> list[ShownUtterance]:
    """A few rows from good to bad, playable."""
    ordered = sorted((_example(row) for row in rows), key=lambda one: (one.errors, one.row.id))
    places = np.linspace(0, len(ordered) - 1, min(_SPREAD, len(ordered))).astype(int)
    return [_with_sound(ordered[place]) for place in places]


def _with_sound(shown: ShownUtterance) -> ShownUtterance:
    return replace(shown, sound=_data_uri(Path(shown.row.audio)))


def _example(row: HypothesisRow) -> ShownUtterance:
    said, written = row.reference.split(), row.hypothesis.split()
    aligned = process_words(row.reference, row.hypothesis)
    equal = [chunk for chunk in aligned.alignments[0] if chunk.type == "equal"]
    heard = {place for one in equal for place in range(one.ref_start_idx, one.ref_end_idx)}
    right = {place for one in equal for place in range(one.hyp_start_idx, one.hyp_end_idx)}
    return ShownUtterance(
        row=row,
        reference=_shown(said, row.said_languages, heard),
        hypothesis=_shown(written, row.written_languages, right),
        errors=aligned.wer,
    )


def _shown(
    words: Sequence[str], languages: Sequence[Language], right: set[int]
) -> tuple[ShownWord, ...]:
    return tuple(
        ShownWord(word, language.value, place in right)
        for place, (word, language) in enumerate(zip(words, languages, strict=True))
    )


def _data_uri(audio: Path) -> str:
    """The clip as MP3 in a data URI; empty when it is no longer there."""
    stream = io.BytesIO()
    try:
        soundfile.write(stream, decode(audio), SAMPLE_RATE, format="MP3")
    except AudioError:
        return ""
    return "data:audio/mpeg;base64," + base64.b64encode(stream.getvalue()).decode()
