"""Counted forms of Russian and English, and what Russian dictionaries say of them."""

import re
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pymorphy3 import MorphAnalyzer

NAMES = {"Name", "Surn", "Patr", "Geox", "Orgn"}


def count_wordfreq(language: str, letters: str) -> dict[str, float]:
    """Relative frequency of the forms of a language; ё is written е."""
    from wordfreq import get_frequency_dict

    words: defaultdict[str, float] = defaultdict(float)
    for word, frequency in get_frequency_dict(language, wordlist="large").items():
        folded = word.replace("ё", "е")
        if re.fullmatch(letters, folded):
            words[folded] += frequency
    return dict(words)


def select_nouns(russian: Mapping[str, float]) -> dict[str, float]:
    """Russian nouns in the form in which Uzbek borrows them, the nominative singular."""
    analyzer = load_analyzer()
    return {
        form: frequency
        for form, frequency in russian.items()
        if any({"NOUN", "nomn", "sing"} <= parse.tag.grammemes for parse in analyzer.parse(form))
    }


def select_yo(russian: Mapping[str, float]) -> dict[str, float]:
    """Russian forms that may be written with ё."""
    analyzer = load_analyzer()
    return {
        form: frequency
        for form, frequency in russian.items()
        if "е" in form and any("ё" in parse.word for parse in analyzer.parse(form))
    }


@cache
def load_analyzer() -> "MorphAnalyzer":
    """The Russian dictionary."""
    from pymorphy3 import MorphAnalyzer

    return MorphAnalyzer()


def keep_top(words: Mapping[str, float], count: int) -> dict[str, float]:
    """The most frequent forms."""
    return dict(sorted(words.items(), key=lambda item: (-item[1], item[0]))[:count])
