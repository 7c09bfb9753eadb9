"""Frequencies of Uzbek, Russian and English word forms, from the table in ``ovoz/text/data``."""

import lzma
import math
from functools import cache
from importlib import resources
from typing import Final

_LEVEL: Final = math.log(10) / 10


@cache
def load_frequencies(language: str) -> dict[str, float]:
    """Natural logarithm of the relative frequency of the forms of a language.

    The most frequent forms come first. Uzbek forms are in Latin letters, Russian ones have ё as е.

    Args:
        language: ``uz``, ``ru``, ``noun`` (Russian nouns in the nominative singular, which ``ru``
            has too), ``en``, ``suffix`` (Uzbek suffixes of a loan), ``yo`` (Russian forms with ё),
            ``verb`` (stems of Uzbek verbs,
            as frequent as all their forms) or ``verb-suffix``.
    """
    rows = [line.split("\t") for line in _read_table()]
    kinds = ("ru", "noun") if language == "ru" else (language,)
    levels = sorted((int(level), words) for of, level, words in rows if of in kinds)
    return {word: -_LEVEL * level for level, words in levels for word in words.split(" ")}


@cache
def _read_table() -> tuple[str, ...]:
    return read_packed_lines("word_frequencies.txt.xz")


def read_packed_lines(name: str) -> tuple[str, ...]:
    """Lines of a compressed data file, without comments (``#``)."""
    packed = resources.files("ovoz.text").joinpath(f"data/{name}").read_bytes()
    lines = lzma.decompress(packed).decode().splitlines()
    return tuple(line for line in lines if not line.startswith("#"))
