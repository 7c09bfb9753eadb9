"""How likely a word is in Uzbek, in Russian, in both at once and in another language.

The likelihood of a word is its frequency in the table of the language
(:mod:`ovoz.text.word_frequencies`) or, where the table lacks it, that of its stem and suffixes, or
of its letters (:mod:`ovoz.text.letter_model`). Words in Cyrillic letters are compared as Uzbek by
their Latin spelling, words in Latin letters as Russian by their sound key.
"""

import math
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from ovoz.text.data_files import read_lines
from ovoz.text.letter_model import load_letter_model
from ovoz.text.romanization import find_russian, make_sound_key
from ovoz.text.transliteration import to_latin
from ovoz.text.word_frequencies import load_frequencies

NEVER: Final = -1e9
"""Log-likelihood of a word that a language cannot have."""

_LATIN: Final = re.compile("[a-zʻʼ]+")
_CYRILLIC: Final = re.compile("[а-яёўқғҳ]+")
_RUSSIAN_STEM: Final = re.compile("[а-яё]+(?=[a-zʻʼ]+$)")
_CYRILLIC_SUFFIX: Final = re.compile("[a-zʻʼ]+[а-яёўқғҳ]+")
_FOREIGN_LETTER: Final = re.compile("[Ѐ-ӿ](?<![а-яёўқғҳ])|ы.*[қғ]|[қғ].*ы")
_UZBEK_ONLY: Final = re.compile("[ўқғҳ]|[аеёиоуыэюя]ъ|ъ(?![еёюя])|[og]ʻ")
"""Russian has no ъ after vowels, and none but before е, ё, ю, я."""

_NOT_RUSSIAN: Final = re.compile("[aeiou]ʼ|ʼ[aiou]|w")
"""Nor is its ь, typed as an apostrophe, after or before such vowels."""

_RUSSIAN_LETTER: Final = re.compile("[ыщ]")
_UNLISTED: Final = {"uz": math.log(0.1), "ru": math.log(0.03), "en": math.log(0.02)}
"""Share of the running words of a language that its table lacks."""

_RUSSIAN_LETTER_IN_UZBEK: Final = -8.0
_INTERNATIONAL: Final = -3.0
"""A word that English and Russian share is rather a loan in Uzbek than English."""

_SURE: Final = -14.0
"""From this frequency on, a listed word needs no comparison with its letters."""

_CASE_ENDINGS: Final = ("", "а", "я", "ь", "й", "у", "ю", "ом", "ем", "ой", "ей")
_UNLISTED_FORM: Final = 2.0
"""What a Russian form costs that is not listed beside other forms of its word."""

_LOAN: Final = 12.0
"""What a Russian reading costs of an assimilated loan in Latin letters."""

_CYRILLIC_ENGLISH: Final = 6.0
"""What an English word costs in Cyrillic letters that make it a form of a Russian one."""

_LETTERS_PROVE: Final = 3.0
"""What the letters of a word that neither language lists have to prove before it is Russian."""

_OUT_OF_SIGHT: Final = -40.0
"""Log-likelihood that is not worth computing."""

_SHORTEST_STEM: Final = 4
_LONGEST_WORD: Final = 60
_LONGEST_SUFFIX: Final = 10


class WordLikelihood(NamedTuple):
    """Log-likelihoods of a word.

    Attributes:
        uzbek: As an Uzbek word.
        russian: As a Russian word.
        mixed: As a Russian stem with Uzbek suffixes.
        other: As a word of another language.
        stem: Length of the Russian stem of a mixed word.
        latin: Whether the word is in Latin letters.
    """

    uzbek: float
    russian: float
    mixed: float
    other: float
    stem: int
    latin: bool


@lru_cache(maxsize=200_000)
def measure_word(word: str) -> WordLikelihood:
    """Measure a normalized word; a run of letters too long for one is of another language."""
    if len(word) > _LONGEST_WORD:
        return WordLikelihood(NEVER, NEVER, NEVER, 0.0, 0, False)
    if _LATIN.fullmatch(word):
        return _measure_latin(word)
    if _CYRILLIC.fullmatch(word) and not has_foreign_letter(word):
        return _measure_cyrillic(word)
    if _CYRILLIC_SUFFIX.fullmatch(word):
        return _measure_latin(to_latin(word))._replace(latin=False)
    stem = _RUSSIAN_STEM.match(word)
    if stem:
        return WordLikelihood(NEVER, NEVER, 0.0, NEVER, stem.end(), False)
    return WordLikelihood(NEVER, NEVER, NEVER, 0.0, 0, False)


def has_foreign_letter(word: str) -> bool:
    """Whether a word has a Cyrillic letter of neither language, such as Kazakh ә."""
    return _FOREIGN_LETTER.search(word) is not None


def _measure_latin(word: str) -> WordLikelihood:
    known = load_frequencies("uz").get(word)
    if _UZBEK_ONLY.search(word):
        uzbek = _OUT_OF_SIGHT if known is None else known
        return WordLikelihood(uzbek, NEVER, NEVER, NEVER, 0, True)
    no_russian = _NOT_RUSSIAN.search(word) is not None
    listed = None if no_russian else load_frequencies("ru").get(find_russian(word) or "")
    english = load_frequencies("en").get(word)
    mixed, stem = (NEVER, 0) if no_russian else _divide_russian(word)
    if known is not None and known > _SURE and listed is None and english is None:
        return WordLikelihood(known, _OUT_OF_SIGHT, mixed, _OUT_OF_SIGHT, stem, True)
    uzbek = _measure(known, "uz", "uz", word)
    if _is_loan(word):
        uzbek = max(uzbek, _divide(word, load_frequencies("uz")))
        return WordLikelihood(uzbek, uzbek - _LOAN, NEVER, _OUT_OF_SIGHT, 0, True)
    if known is None:
        uzbek = max(uzbek, _divide(word, load_frequencies("uz"), shortest=2))
    other = max(_measure(english, "en", "en", word), _divide(word, load_frequencies("en")))
    if listed is not None:
        other += _INTERNATIONAL
    russian = NEVER if no_russian else _measure(listed, "ru", "ru-key", make_sound_key(word))
    if known is None and listed is None:
        russian = _discount(russian, uzbek)
    return WordLikelihood(uzbek, russian, mixed, other, stem, True)


@lru_cache(maxsize=1)
def _load_loans() -> frozenset[str]:
    return frozenset(" ".join(read_lines("loans.txt")).split())


def _is_loan(word: str) -> bool:
    """Whether a word is an assimilated loan with Uzbek suffixes, or without."""
    loans = _load_loans()
    ends = range(_SHORTEST_STEM, len(word) + 1)
    return any(
        word[:end] in loans and (end == len(word) or _measure_chain(word[end:]) > NEVER)
        for end in ends
    )


def _measure_cyrillic(word: str) -> WordLikelihood:
    """Measure the Latin spelling; the Cyrillic one only adds to what is Russian in it.

    Thus a word that is Uzbek in Cyrillic letters is Uzbek in Latin letters too.
    """
    latin = measure_word(to_latin(word))
    if _UZBEK_ONLY.search(word):
        return latin._replace(russian=NEVER, mixed=NEVER, other=NEVER, latin=False)
    plain = word.replace("ё", "е")
    known = load_frequencies("ru").get(plain)
    russian, other = latin.russian, latin.other
    if known is not None:
        russian = max(russian, _measure(known, "ru", "ru", plain))
    elif (sibling := _find_case_form(plain)) is not None:
        russian, other = max(russian, sibling - _UNLISTED_FORM), other - _CYRILLIC_ENGLISH
    elif latin.uzbek < _SURE:
        russian = max(russian, _discount(_measure(None, "ru", "ru", plain), latin.uzbek))
    mixed, stem = _divide_russian(word)
    uzbek = latin.uzbek + (_RUSSIAN_LETTER_IN_UZBEK if _RUSSIAN_LETTER.search(word) else 0)
    return WordLikelihood(uzbek, russian, mixed, other, stem, False)


def _find_case_form(word: str) -> float | None:
    """Likelihood of the likeliest listed form of a noun in -е, such as пароль for пароле."""
    if not word.endswith("е"):
        return None
    listed = load_frequencies("ru")
    forms = [listed.get(word[:-1] + ending) for ending in _CASE_ENDINGS]
    return max((form for form in forms if form is not None), default=None)


def _discount(russian: float, uzbek: float) -> float:
    """Likelihood as Russian of a word that neither language lists: letters prove little."""
    return russian - min(_LETTERS_PROVE, max(russian - uzbek, 0.0))


def _measure(known: float | None, language: str, model: str, spelling: str) -> float:
    if known is not None and known > _SURE:
        return known
    unlisted = _UNLISTED[language] + load_letter_model(model).log_probability(spelling)
    return unlisted if known is None else max(known, unlisted)


def _divide(word: str, stems: Mapping[str, float], shortest: int = _SHORTEST_STEM) -> float:
    """Likelihood of the likeliest division into a stem of a table and Uzbek suffixes."""
    best = NEVER
    for end in range(max(shortest, len(word) - _LONGEST_SUFFIX), len(word)):
        stem = stems.get(word[:end])
        if stem is not None:
            best = max(best, stem + _measure_chain(word[end:]))
    return best


@lru_cache(maxsize=20_000)
def _measure_chain(chain: str) -> float:
    """Likelihood of Uzbek suffixes after a stem: as counted, or that of two counted parts."""
    suffixes = load_frequencies("suffix")
    counted = suffixes.get(chain)
    if counted is not None:
        return counted
    cuts = range(1, len(chain))
    parts = ((suffixes.get(chain[:cut]), suffixes.get(chain[cut:])) for cut in cuts)
    return max((a + b for a, b in parts if a is not None and b is not None), default=NEVER)


def _divide_russian(word: str) -> tuple[float, int]:
    """Likelihood of a Russian stem with Uzbek suffixes, and the length of the stem."""
    suffixes = load_frequencies("suffix")
    best, length = NEVER, 0
    # One letter is a Russian ending rather than an Uzbek suffix.
    for end in range(max(_SHORTEST_STEM, len(word) - _LONGEST_SUFFIX), len(word) - 1):
        suffix = suffixes.get(to_latin(word[end:]))
        if suffix is None:
            continue
        stem = _find_russian_frequency(word[:end])
        if stem is not None and stem + suffix > best:
            best, length = stem + suffix, end
    return best, length


def _find_russian_frequency(stem: str) -> float | None:
    words = load_frequencies("ru")
    by_sound = words.get(find_russian(to_latin(stem)) or "")
    as_written = words.get(stem.replace("ё", "е"))
    if by_sound is None or as_written is None:
        return as_written if by_sound is None else by_sound
    return max(by_sound, as_written)
