"""Word lists of Uzbek and Russian, with morphology to cover inflected words."""

import re
from functools import cache, lru_cache
from typing import Final

from ovoz.text.data_files import read_lines

NOUN_SUFFIXES: Final = re.compile(
    r"(?:lar)?(?:imiz|ingiz|miz|ngiz|im|ing|i|si|m|ng)?(?:ni|ning|ga|da|dan|gacha|niki|dagi|dek)?"
    r"(?:mi|chi|ku|da|man|san|miz|siz|di|edi|lik|li|siz)?"
)
"""Uzbek suffixes of a Russian noun: number, possession, case, particle."""

_NOUN_ENDINGS: Final = {
    "а": "а ы и е у ой ою ам ами ах",
    "я": "я и е ю ей ям ями ях й",
    "ь": "ь я ю ем е и ей ям ями ях ью",
    "й": "й я ю ем е и ев ям ями ях",
    "о": "о а у ом е ам ами ах",
    "е": "е я ю ем и ям ями ях й",
    "и": "и ей ям ями ях",
    "ы": "ы ов ам ами ах",
    "": " а у ом е ы и ов ей ам ами ах",
}


@cache
def _load_uzbek_suffixes() -> frozenset[str]:
    return frozenset(" ".join(read_lines("uzbek_suffixes.txt")).split())


@cache
def _load_russian_endings(kind: str) -> tuple[str, ...]:
    rows = dict(line.split("\t") for line in read_lines("russian_endings.tsv"))
    return tuple(rows[kind].split())


@cache
def load_uzbek_stems() -> frozenset[str]:
    """Uzbek stems, assimilated loans and dialect forms in Latin letters."""
    dialect = {line.split("\t")[3] for line in read_lines("dialects.tsv")[1:]}
    return frozenset(" ".join(read_lines("uzbek_stems.txt")).split()) | load_loans() | dialect


@cache
def load_loans() -> frozenset[str]:
    """The fixed list of assimilated loans, in Latin letters."""
    return frozenset(" ".join(read_lines("loans.txt")).split())


@cache
def load_russian_forms() -> frozenset[str]:
    """Russian word forms in Cyrillic letters, ё written е; some inflected forms may not exist."""
    forms: set[str] = set()
    for line in read_lines("russian_words.txt"):
        words = line.lstrip("=").replace("ё", "е").split()
        forms.update(words)
        if line.startswith("="):
            forms.update(form for word in words for form in _inflect(word))
    return frozenset(forms)


def _inflect(lemma: str) -> list[str]:
    if lemma.endswith(("ый", "ий", "ой")):
        return [lemma[:-2] + ending for ending in _load_russian_endings("adjective")]
    if lemma.endswith("ться"):
        return [lemma[:-4] + ending for ending in _load_russian_endings("verb") if len(ending) > 1]
    if lemma.endswith("ть"):
        stems = {lemma[:-2], lemma[:-3]}
        return [stem + ending for stem in stems for ending in _load_russian_endings("verb")]
    stem = lemma[:-1] if lemma[-1] in _NOUN_ENDINGS else lemma
    stems = {stem, lemma[:-2] + lemma[-1]} if lemma.endswith(("ок", "ек", "ец")) else {stem}
    endings = _NOUN_ENDINGS[lemma[len(stem) :]].split(" ")
    return [base + ending for base in stems for ending in endings]


@lru_cache(maxsize=100_000)
def is_uzbek(word: str) -> bool:
    """Whether a Latin word is a listed Uzbek stem or loan, with or without Uzbek suffixes."""
    return word in load_uzbek_stems() or _ends_in_suffixes(word)


def _ends_in_suffixes(word: str) -> bool:
    """Whether a word is a listed stem followed by one or more suffixes."""
    stems, suffixes = load_uzbek_stems(), _load_uzbek_suffixes()
    longest = max(map(len, suffixes))
    shortest = 2
    ends = {len(word)}
    pending = [len(word)]
    while pending:
        end = pending.pop()
        for start in range(max(shortest, end - longest), end):
            if word[start:end] not in suffixes or start in ends:
                continue
            stem = word[:start]
            if stem in stems or _restore_final(stem) in stems:
                return True
            ends.add(start)
            pending.append(start)
    return False


def _restore_final(stem: str) -> str:
    """Stem with the final sound it has without a suffix: gʻ becomes q, g becomes k."""
    if stem.endswith("gʻ"):
        return f"{stem[:-2]}q"
    return f"{stem[:-1]}k" if stem.endswith("g") else stem
