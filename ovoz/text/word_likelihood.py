"""How likely a word is in Uzbek, in Russian, in both at once and in another language.

The likelihood of a word is its frequency in the table of the language
(:mod:`ovoz.text.word_frequencies`) or, where the table lacks it, that of its stem and suffixes, or
of its letters (:mod:`ovoz.text.letter_model`). Uzbek borrows every Russian noun with some small
likelihood. Words in Cyrillic letters are compared as Uzbek by their Latin spelling, words in Latin
letters as Russian by their sound key.
"""

import re
from functools import lru_cache
from typing import Final, NamedTuple

from ovoz.text import label_weights
from ovoz.text.data_files import read_lines
from ovoz.text.letter_model import load_letter_model
from ovoz.text.memo import Memo
from ovoz.text.romanization import find_russian, make_sound_key
from ovoz.text.transliteration import to_latin
from ovoz.text.word_division import (
    NEVER,
    SHORTEST_STEM,
    borrow,
    divide,
    divide_russian,
    divide_verb,
    load_chains,
)
from ovoz.text.word_frequencies import load_frequencies

_LATIN: Final = re.compile("[a-zʻʼ]+")
_CYRILLIC: Final = re.compile("[а-яёўқғҳ]+")
_RUSSIAN_STEM: Final = re.compile("[а-яё]+(?=[a-zʻʼ]+$)")
_CYRILLIC_SUFFIX: Final = re.compile("[a-zʻʼ]+[а-яёўқғҳ]+")
_FOREIGN_LETTER: Final = re.compile("[Ѐ-Яѐђ-ѝџ-ҒҔ-ҚҜ-ҲҴ-ӿ]|ы.*[қғ]|[қғ].*ы")
_UZBEK_ONLY: Final = re.compile("[ўқғҳ]|[аеёиоуыэюя]ъ|ъ(?![еёюя])")
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

_LONGEST_WORD: Final = 60


class WordLikelihood(NamedTuple):
    """Log-likelihoods of a word.

    Attributes:
        uzbek: As an Uzbek word.
        russian: As a Russian word.
        mixed: As a Russian stem with Uzbek suffixes.
        other: As a word of another language.
        stem: Length of the Russian stem of a mixed word.
        latin: Whether the word is in Latin letters.
        gain: How much likelier than an Uzbek word it is as another one, at least 0.
    """

    uzbek: float
    russian: float
    mixed: float
    other: float
    stem: int
    latin: bool
    gain: float = 0.0


@Memo
def measure_word(word: str) -> WordLikelihood:
    """Measure a normalized word; a run of letters too long for one is of another language."""
    measured = _measure_script(word)
    gain = max(measured.russian, measured.mixed, measured.other) - measured.uzbek
    return measured._replace(gain=gain) if gain > 0 else measured


def _measure_script(word: str) -> WordLikelihood:
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
    counted = _find_counted(word)
    if "oʻ" in word or "gʻ" in word:
        uzbek = _OUT_OF_SIGHT if counted is None else counted
        return WordLikelihood(uzbek, NEVER, NEVER, NEVER, 0, True)
    weights = label_weights.load_weights()
    no_russian = ("ʼ" in word or "w" in word) and _NOT_RUSSIAN.search(word) is not None
    key = "" if no_russian else make_sound_key(word)
    form = None if no_russian else find_russian(word, key)
    listed = load_frequencies("ru").get(form or "")
    english = load_frequencies("en").get(word)
    mixed, stem, borrowed = (NEVER, 0, NEVER) if no_russian else divide_russian(word)
    if counted is not None and listed is None and english is None and stem == 0:
        return WordLikelihood(counted, _OUT_OF_SIGHT, NEVER, _OUT_OF_SIGHT, 0, True)
    known = _measure_uncounted(word) if counted is None else max(counted, divide_verb(word))
    uzbek = max(known, borrowed, borrow(form))
    if _is_loan(word):
        return WordLikelihood(uzbek, uzbek + weights.loan, NEVER, _OUT_OF_SIGHT, 0, True)
    unknown = listed is None and uzbek < _SURE
    if english is None:
        english = divide(word, load_frequencies("en"))
        if unknown:
            english = max(english, _spell(weights.unlisted_en, "en", word, uzbek))
    if listed is not None:
        return WordLikelihood(uzbek, listed, mixed, english + weights.international, stem, True)
    russian = NEVER
    if unknown and not no_russian:
        spelled = _spell(weights.unlisted_ru, "ru-key", key, uzbek)
        russian = _discount(spelled, uzbek)
    return WordLikelihood(uzbek, russian, mixed, english, stem, True)


def _find_counted(word: str) -> float | None:
    """Likelihood of a counted Uzbek form, spelled with ts for s if need be."""
    counts = load_frequencies("uz")
    counted = counts.get(word)
    if counted is None and "ts" in word:
        return counts.get(_LOAN_TS.sub("s", word))
    return counted


def _measure_uncounted(word: str) -> float:
    """Likelihood of an Uzbek word by its stem and suffixes, or by its letters."""
    likelihood = max(divide(word, load_frequencies("uz"), shortest=2), divide_verb(word))
    if likelihood >= _SURE:
        return likelihood
    weights = label_weights.load_weights()
    likelihood = max(likelihood, _spell(weights.unlisted_uz, "uz", word))
    if likelihood < _SURE and _RUSSIAN_ADJECTIVE.search(word):
        likelihood += weights.russian_adjective
    return likelihood


@lru_cache(maxsize=1)
def _load_loans() -> tuple[frozenset[str], frozenset[str]]:
    """The assimilated loans, and the beginnings of those that are long enough."""
    loans = frozenset(" ".join(read_lines("loans.txt")).split())
    return loans, frozenset(loan[:SHORTEST_STEM] for loan in loans)


def _is_loan(word: str) -> bool:
    """Whether a word is an assimilated loan with Uzbek suffixes, or without."""
    loans, beginnings = _load_loans()
    if word[:SHORTEST_STEM] not in beginnings:
        return False
    ends = range(SHORTEST_STEM, len(word) + 1)
    return any(
        word[:end] in loans and (end == len(word) or word[end:] in load_chains()) for end in ends
    )


def _measure_cyrillic(word: str) -> WordLikelihood:
    """Measure the Latin spelling; the Cyrillic one only adds to what is Russian in it.

    Thus a word that is Uzbek in Cyrillic letters is Uzbek in Latin letters too.
    """
    spelling = to_latin(word)
    latin = measure_word(spelling)
    if _UZBEK_ONLY.search(word):
        return WordLikelihood(latin.uzbek, NEVER, NEVER, NEVER, latin.stem, False)
    weights = label_weights.load_weights()
    plain = word.replace("ё", "е")
    known = load_frequencies("ru").get(plain)
    uzbek, russian, other = latin.uzbek, latin.russian, latin.other
    if known is not None:
        uzbek = max(uzbek, borrow(plain))
        russian = max(russian, known)
    else:
        if russian > _OUT_OF_SIGHT and find_russian(spelling) is not None:
            russian += weights.misspelled  # It only sounds like a Russian word.
        if (sibling := _find_sibling(plain)) is not None:
            russian = max(russian, sibling + weights.unlisted_form)
            other += weights.cyrillic_english
    mixed, stem, borrowed = divide_russian(word)
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
