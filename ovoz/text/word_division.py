"""Divisions of a word into a stem of Uzbek or Russian and Uzbek suffixes, and their likelihood."""

from collections.abc import Mapping
from functools import cache
from typing import Final, NamedTuple

from ovoz.text import label_weights
from ovoz.text.romanization import find_russian, index_russian, make_russian_key
from ovoz.text.transliteration import to_cyrillic
from ovoz.text.word_frequencies import load_frequencies

NEVER: Final = -1e9
"""Log-likelihood of a word that a language cannot have."""

SHORTEST_STEM: Final = 4
_LONGEST_SUFFIX: Final = 10


def borrow(form: str | None) -> float:
    """Likelihood of a listed Russian form as a word that Uzbek has borrowed."""
    if form is None:
        return NEVER
    weights = label_weights.load_weights()
    if form in load_frequencies("noun"):
        return weights.borrowed_noun
    return weights.borrowed_form


def divide(word: str, stems: Mapping[str, float], shortest: int = SHORTEST_STEM) -> float:
    """Likelihood of the likeliest division into a stem of a table and Uzbek suffixes."""
    best = NEVER
    # The small table first: most ends are no suffixes, and a large one is slow to look up.
    for end, chain in _find_suffixes(word, _index_chains(), shortest):
        stem = stems.get(word[:end])
        if stem is not None and stem + chain > best:
            best = stem + chain
    return best


def divide_verb(word: str) -> float:
    """Likelihood of a form of an Uzbek verb; the bare stem is the imperative."""
    verbs = load_frequencies("verb")
    best = verbs.get(word, NEVER) + label_weights.load_weights().imperative
    for end, suffix in _find_suffixes(word, _index_verb_suffixes(), shortest=2):
        best = max(best, verbs.get(word[:end], NEVER) + suffix)
    return best


def _find_suffixes(
    word: str, endings: Mapping[str, float], shortest: int
) -> list[tuple[int, float]]:
    """Where the suffixes of a word begin, the shortest suffix first, and their likelihoods.

    Args:
        word: A word.
        endings: As :func:`_index_endings` returns them.
        shortest: Length of the shortest stem.
    """
    found = []
    for end in range(len(word) - 1, max(shortest, len(word) - _LONGEST_SUFFIX) - 1, -1):
        likelihood = endings.get(word[end:])
        if likelihood is None:
            break  # nor does any longer suffix end like that
        if likelihood > NEVER:
            found.append((end, likelihood))
    return found


def _index_endings(suffixes: Mapping[str, float]) -> dict[str, float]:
    """Suffixes with their likelihoods; what is only the end of a suffix has that of none."""
    ends = {suffix[start:]: NEVER for suffix in suffixes for start in range(1, len(suffix))}
    return ends | dict(suffixes)


@cache
def _index_chains() -> dict[str, float]:
    return _index_endings(load_chains())


@cache
def _index_verb_suffixes() -> dict[str, float]:
    return _index_endings(load_frequencies("verb-suffix"))


@cache
def load_chains() -> dict[str, float]:
    """Likelihood of Uzbek suffixes after a stem: as counted, or that of two counted parts."""
    suffixes = load_frequencies("suffix")
    chains: dict[str, float] = {}
    for first, likelihood in suffixes.items():
        for second, likelihood_of_second in suffixes.items():
            both = likelihood + likelihood_of_second
            chains[first + second] = max(both, chains.get(first + second, NEVER))
    return chains | suffixes


class _RussianDivision(NamedTuple):
    """Likelihood of a Russian stem with Uzbek suffixes, its length, and that of a borrowed noun."""

    mixed: float
    stem: int
    borrowed: float


def divide_russian(word: str) -> _RussianDivision:
    """Divide a word into a Russian stem and Uzbek suffixes."""
    words = load_frequencies("ru")
    best, length, borrowed = NEVER, 0, NEVER
    for end, suffix in _find_suffixes(word, _index_suffixes(), SHORTEST_STEM):
        if end == len(word) - 1:
            continue  # One letter is a Russian ending rather than an Uzbek suffix.
        for form in reversed(_find_russian_forms(word[:end])):
            if form in words:
                borrowed = max(borrowed, borrow(form) + suffix)
                if words[form] + suffix >= best:
                    best, length = words[form] + suffix, end
    return _RussianDivision(best, length, borrowed)


def _find_russian_forms(stem: str) -> tuple[str | None, ...]:
    """The Russian words that a stem may be, by its sound and by its spelling."""
    if stem < "Ѐ":
        return (find_russian(stem),)
    if stem.startswith("ё"):  # an Uzbek word; hardly a Russian one
        return ()
    spelled = stem.replace("ё", "е")
    by_sound = index_russian().get(make_russian_key(stem))
    return (spelled,) if by_sound == spelled else (by_sound, spelled)


@cache
def _index_suffixes() -> dict[str, float]:
    """The Uzbek suffixes of a loan, in Latin and in Cyrillic letters."""
    latin = load_frequencies("suffix")
    # е and э are written by the letter before them.
    cyrillic = {
        to_cyrillic(before + suffix)[1:]: likelihood
        for suffix, likelihood in latin.items()
        for before in "ab"
    }
    return _index_endings({**latin, **cyrillic})
