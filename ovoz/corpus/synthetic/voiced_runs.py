"""Which voice of espeak-ng reads which part of a transcript."""

from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

from ovoz.text.language import Language, word_language
from ovoz.text.pack import LanguagePack


class VoicedRun(NamedTuple):
    """A run of words, or parts of one, that one voice reads; ``voice`` is espeak-ng's language."""

    voice: str
    text: str


def voice_runs(text: str, pack: LanguagePack, accent: str = "") -> list[VoicedRun]:
    """Runs of one voice: words joined by spaces, stems and suffixes in other letters apart.

    Args:
        text: A canonical transcript of ``pack``.
        pack: Names the voice of every language.
        accent: The voice of the matrix language, where it is not that of the pack.
    """
    matrix = pack.config.languages[0]
    voices = {language: pack.voices[language][0] for language in pack.config.languages}
    voices[matrix] = accent or voices[matrix]
    words = text.split()
    parts = [
        (voices.get(language, voices[matrix]), part)
        for word, label in zip(words, pack.transcript_languages(words), strict=True)
        for language, part in _divide(word, label)
    ]
    return [
        VoicedRun(voice, " ".join(part for _, part in run))
        for voice, run in groupby(parts, key=lambda part: part[0])
    ]


def _divide(word: str, label: Language) -> Iterator[tuple[Language, str]]:
    """A mixed word by the scripts of its letters; signs go with the matrix language."""
    if label is not Language.MIXED or word_language(word) is not Language.MIXED:
        yield label, word
        return
    for language, letters in groupby(word, key=word_language):
        yield language, "".join(letters)
