"""The canonical form of a transcript: Uzbek in Latin, Russian in Cyrillic letters."""

from collections.abc import Iterable, Sequence

from ovoz.text.character_folding import TUTUQ, fold_apostrophes
from ovoz.text.expansion import ABBREVIATIONS
from ovoz.text.fixed_point import find_fixed_point
from ovoz.text.language import Language
from ovoz.text.memo import Memo
from ovoz.text.normalization import normalize
from ovoz.text.romanization import to_russian
from ovoz.text.transliteration import to_latin
from ovoz.text.word_language import ENCLITICS, label_words
from ovoz.text.word_likelihood import has_foreign_letter, measure_word


def canonicalize(text: str) -> str:
    """Canonical form of text in any script used for Uzbek and Russian, enclitics joined.

    Words of other languages stay as they are. Idempotent: a changed spelling may change the
    language that is found for its neighbours, so the pass is repeated until the text settles.
    """
    return find_fixed_point(_canonicalize_once, text)


def _canonicalize_once(text: str) -> tuple[str, bool]:
    """One pass, and whether another one would change nothing."""
    words = normalize(text).split()
    languages = label_words(words)
    all_uzbek = _is_all_uzbek(languages)
    spelled = list(map(_spell_plain, words) if all_uzbek else map(_spell, words, languages))
    joined = _join_enclitics(spelled)
    canonical = " ".join(joined)
    settled = canonical == text or (all_uzbek and _is_all_uzbek(label_words(joined)))
    return canonical, settled


def _is_all_uzbek(languages: Sequence[Language]) -> bool:
    return languages.count(Language.UZBEK) == len(languages)


def _spell(word: str, language: Language) -> str:
    if language is Language.MIXED:
        stem = measure_word(word).stem
        return _spell_russian(word[:stem]) + _spell_uzbek(word[stem:])
    return _spell_russian(word) if language is Language.RUSSIAN else _spell_plain(word)


@Memo
def _spell_plain(word: str) -> str:
    """Spelling of a word that has no Russian part."""
    return word if has_foreign_letter(word) else _spell_uzbek(word)


def _spell_uzbek(word: str) -> str:
    """Latin spelling, normalized again: гъ becomes gʼ, which is gʻ; млн becomes mln."""
    latin = to_latin(word)
    if TUTUQ in latin:
        latin = fold_apostrophes(latin)
    return ABBREVIATIONS.get(latin, latin)


@Memo
def _spell_russian(word: str) -> str:
    return to_russian(word).replace("ё", "е") if word[:1] < "Ѐ" else word.replace("ё", "е")


def _join_enclitics(words: Iterable[str]) -> Sequence[str]:
    joined: list[str] = []
    for word in words:
        if word in ENCLITICS and joined:
            joined[-1] += word
        elif word:
            joined.append(word)
    return joined
