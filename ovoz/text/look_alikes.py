"""Look-alike letters: words of one script with letters of the other that were typed by mistake."""

import re
from functools import lru_cache
from typing import Final

from ovoz.text.character_folding import APOSTROPHES, fold_apostrophes, fold_case
from ovoz.text.transliteration import to_cyrillic, to_latin
from ovoz.text.word_likelihood import measure_word

_LATIN: Final = "aceopxykABCEHKMOPTXY"
_CYRILLIC: Final = "асеорхукАВСЕНКМОРТХУ"
_TO_CYRILLIC: Final = str.maketrans(_LATIN, _CYRILLIC)
_TO_LATIN: Final = str.maketrans(_CYRILLIC, _LATIN)
_LETTER: Final = r"[^\W\d_]"
_WORD: Final = re.compile(rf"{_LETTER}+(?:[{APOSTROPHES}]{_LETTER}+)*")
_BOTH_SCRIPTS: Final = re.compile(f"[A-Za-z][{APOSTROPHES}]?[А-ӿ]|[А-ӿ][{APOSTROPHES}]?[A-Za-z]")
_LATIN_LETTER: Final = re.compile("[A-Za-z]")
_CYRILLIC_LETTER: Final = re.compile("[А-ӿ]")
_RUNS: Final = re.compile("[A-Za-z]+|[А-ӿ]+")
_ROMAN: Final = re.compile("[IVXLCDM]+")
_LONGEST_SLIP: Final = 2
"""A typing slip is a letter or two; a longer run is a stem or a suffix of its own script."""


def fold_look_alikes(text: str) -> str:
    """Write words of both scripts in one, where the other script was a slip of the keyboard.

    A slip is one or two look-alike letters in a row (``кitob``, ``Тoshkent``), or letters of the
    other script inside the word (``Bугun``). A Russian stem with Latin suffixes (``заказda``,
    ``номерlar``) is no slip.
    """
    one_script = not (_LATIN_LETTER.search(text) and _CYRILLIC_LETTER.search(text))
    if one_script or not _BOTH_SCRIPTS.search(text):
        return text
    return _WORD.sub(lambda word: _fold_word(word[0]), text)


@lru_cache(maxsize=20_000)
def _fold_word(word: str) -> str:
    if not _BOTH_SCRIPTS.search(word):
        return word
    if _ROMAN.fullmatch(word.translate(_TO_LATIN)):
        return word.translate(_TO_LATIN)
    candidates = _list_readings(word)
    return max(candidates, key=_measure) if candidates else word


def _list_readings(word: str) -> list[str]:
    """The word in the script of most of its letters, by the look and by the sound of the rest."""
    runs = _RUNS.findall(word)
    latin = sum(len(run) for run in runs if run.isascii())
    more_latin = 2 * latin > sum(map(len, runs))
    slips = [run for run in runs if run.isascii() != more_latin]
    look_alikes = _CYRILLIC if more_latin else _LATIN
    readings = []
    if all(len(run) <= _LONGEST_SLIP and set(run) <= set(look_alikes) for run in slips):
        readings.append(word.translate(_TO_LATIN if more_latin else _TO_CYRILLIC))
    if readings or len(runs) > _LONGEST_SLIP:
        readings.append(to_latin(word) if more_latin else to_cyrillic(word))
    return readings


def _measure(word: str) -> float:
    return max(measure_word(fold_case(fold_apostrophes(word)))[:2])
