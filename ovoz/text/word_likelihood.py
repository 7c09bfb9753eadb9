"""How likely a word is in Uzbek, in Russian, in both at once and in another language.

The likelihood of a word is its frequency in the table of the language
(:mod:`ovoz.text.word_frequencies`) or, where the table lacks it, that of its stem and suffixes, or
of its letters (:mod:`ovoz.text.letter_model`). Uzbek borrows every Russian noun with some small
likelihood. Words in Cyrillic letters are compared as Uzbek by their Latin spelling, words in Latin
letters as Russian by their sound key.
"""

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Final, NamedTuple

from ovoz.text import label_weights
from ovoz.text.data_files import read_lines
from ovoz.text.letter_model import load_letter_model
from ovoz.text.romanization import (
    find_russian,
    index_russian,
    make_russian_key,
    make_sound_key,
)
from ovoz.text.transliteration import to_cyrillic, to_latin
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

_LOAN_TS: Final = re.compile("(?<![aeiouy])ts")
"""What many write for s, the Russian ц, at the start of a word: tsilindr."""

_RUSSIAN_ADJECTIVE: Final = re.compile("[bdghklmprstvxz]niy$")
"""Uzbek adjectives have a vowel before -niy: madaniy."""

_RUSSIAN_LETTER: Final = re.compile("[ыщ]")
_SURE: Final = -14.0
"""From this likelihood on, a word needs no comparison with its letters."""

_UNLISTED_FORM: Final = re.compile("(.{3,}?)(?:ах|ях|ов|(?<![аеёиоуыэюя])ев|ой|ую|ые|ых|ым|ый|е|ы)")
_CASE_ENDINGS: Final = ("", "а", "я", "ь", "й", "у", "ю", "ом", "ем", "ой", "ей", "ы", "и", "ий")
"""Endings of Russian forms that no Uzbek word has, and those of the forms beside them. Names, which
both languages have, end in ев behind a vowel."""

_OUT_OF_SIGHT: Final = -40.0
"""Log-likelihood that is not worth computing."""

_OUT_OF_REACH: Final = 25.0
"""No neighbours outweigh such a difference of likelihoods."""

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
    if known is None and "ts" in word:
        known = load_frequencies("uz").get(_LOAN_TS.sub("s", word))
    if _UZBEK_ONLY.search(word):
        uzbek = _OUT_OF_SIGHT if known is None else known
        return WordLikelihood(uzbek, NEVER, NEVER, NEVER, 0, True)
    weights = label_weights.load_weights()
    no_russian = _NOT_RUSSIAN.search(word) is not None
    form = None if no_russian else find_russian(word)
    listed = load_frequencies("ru").get(form or "")
    english = load_frequencies("en").get(word)
    mixed, stem, borrowed = (NEVER, 0, NEVER) if no_russian else _divide_russian(word)
    if known is None:
        known = max(_divide(word, load_frequencies("uz"), shortest=2), _divide_verb(word))
        if known < _SURE:
            known = max(known, _spell(weights.unlisted_uz, "uz", word))
    elif listed is None and english is None and stem == 0:
        return WordLikelihood(known, _OUT_OF_SIGHT, NEVER, _OUT_OF_SIGHT, 0, True)
    else:
        known = max(known, _divide_verb(word))
    if known < _SURE and _RUSSIAN_ADJECTIVE.search(word):
        known += weights.russian_adjective
    uzbek = max(known, borrowed, _borrow(form))
    if _is_loan(word):
        return WordLikelihood(uzbek, uzbek + weights.loan, NEVER, _OUT_OF_SIGHT, 0, True)
    unknown = listed is None and uzbek < _SURE
    if english is None:
        english = _divide(word, load_frequencies("en"))
        if unknown:
            english = max(english, _spell(weights.unlisted_en, "en", word, uzbek))
    if listed is not None:
        return WordLikelihood(uzbek, listed, mixed, english + weights.international, stem, True)
    russian = NEVER
    if unknown and not no_russian:
        spelled = _spell(weights.unlisted_ru, "ru-key", make_sound_key(word), uzbek)
        russian = _discount(spelled, uzbek)
    return WordLikelihood(uzbek, russian, mixed, english, stem, True)


def _borrow(form: str | None) -> float:
    """Likelihood of a listed Russian form as a word that Uzbek has borrowed."""
    if form is None:
        return NEVER
    weights = label_weights.load_weights()
    if form in load_frequencies("noun"):
        return weights.borrowed_noun
    return weights.borrowed_form


@lru_cache(maxsize=1)
def _load_loans() -> tuple[frozenset[str], frozenset[str]]:
    """The assimilated loans, and the beginnings of those that are long enough."""
    loans = frozenset(" ".join(read_lines("loans.txt")).split())
    return loans, frozenset(loan[:_SHORTEST_STEM] for loan in loans)


def _is_loan(word: str) -> bool:
    """Whether a word is an assimilated loan with Uzbek suffixes, or without."""
    loans, beginnings = _load_loans()
    if word[:_SHORTEST_STEM] not in beginnings:
        return False
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
    weights = label_weights.load_weights()
    plain = word.replace("ё", "е")
    known = load_frequencies("ru").get(plain)
    uzbek, russian, _, other, _, _ = latin
    if known is not None:
        uzbek = max(uzbek, _borrow(plain))
        russian = max(russian, known)
    else:
        if russian > NEVER and find_russian(to_latin(word)) is not None:
            russian += weights.misspelled  # It only sounds like a Russian word.
        if (sibling := _find_sibling(plain)) is not None:
            russian = max(russian, sibling + weights.unlisted_form)
            other += weights.cyrillic_english
    mixed, stem, borrowed = _divide_russian(word)
    uzbek = max(uzbek, borrowed) + (weights.russian_letter if _RUSSIAN_LETTER.search(word) else 0)
    return WordLikelihood(uzbek, russian, mixed, other, stem, False)


def _find_sibling(word: str) -> float | None:
    """Likelihood of the likeliest listed form of an unlisted Russian one: пароль for пароле."""
    unlisted = _UNLISTED_FORM.fullmatch(word)
    if unlisted is None:
        return None
    listed = load_frequencies("ru")
    forms = [listed.get(unlisted[1] + ending) for ending in _CASE_ENDINGS]
    return max((form for form in forms if form is not None), default=None)


def _discount(russian: float, uzbek: float) -> float:
    """Likelihood as Russian of a word that neither language lists: letters prove little."""
    return russian + max(label_weights.load_weights().letters, min(uzbek - russian, 0.0))


def _spell(share: float, model: str, spelling: str, uzbek: float = NEVER) -> float:
    """Likelihood of a word by its letters, if the words without a frequency have this share.

    It is not computed to its end where it is out of reach of the likelihood in Uzbek.
    """
    return share + load_letter_model(model).log_probability(spelling, uzbek - _OUT_OF_REACH)


def _divide(word: str, stems: Mapping[str, float], shortest: int = _SHORTEST_STEM) -> float:
    """Likelihood of the likeliest division into a stem of a table and Uzbek suffixes."""
    best = NEVER
    for end in range(max(shortest, len(word) - _LONGEST_SUFFIX), len(word)):
        stem = stems.get(word[:end])
        if stem is not None:
            best = max(best, stem + _measure_chain(word[end:]))
    return best


def _divide_verb(word: str) -> float:
    """Likelihood of a form of an Uzbek verb; the bare stem is the imperative."""
    verbs, suffixes = load_frequencies("verb"), load_frequencies("verb-suffix")
    best = verbs.get(word, NEVER) + label_weights.load_weights().imperative
    for end in range(max(2, len(word) - _LONGEST_SUFFIX), len(word)):
        verb = verbs.get(word[:end])
        if verb is not None:
            best = max(best, verb + suffixes.get(word[end:], NEVER))
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


class _RussianDivision(NamedTuple):
    """Likelihood of a Russian stem with Uzbek suffixes, its length, and that of a borrowed noun."""

    mixed: float
    stem: int
    borrowed: float


def _divide_russian(word: str) -> _RussianDivision:
    """Divide a word into a Russian stem and Uzbek suffixes."""
    suffixes, words = _load_suffixes(), load_frequencies("ru")
    best, length, borrowed = NEVER, 0, NEVER
    # One letter is a Russian ending rather than an Uzbek suffix.
    for end in range(max(_SHORTEST_STEM, len(word) - _LONGEST_SUFFIX), len(word) - 1):
        suffix = suffixes.get(word[end:])
        if suffix is None:
            continue
        for form in _find_russian_forms(word[:end]):
            if form in words:
                borrowed = max(borrowed, _borrow(form) + suffix)
                if words[form] + suffix > best:
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
def _load_suffixes() -> dict[str, float]:
    """Likelihood of each Uzbek suffix, in Latin and in Cyrillic letters."""
    latin = load_frequencies("suffix")
    # е and э are written by the letter before them.
    cyrillic = {
        to_cyrillic(before + suffix)[1:]: likelihood
        for suffix, likelihood in latin.items()
        for before in "ab"
    }
    return {**latin, **cyrillic}
