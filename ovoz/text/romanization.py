"""Romanization: Russian words typed in Latin letters, and back."""

import re
from functools import cache
from typing import Final

from ovoz.text.word_lists import load_russian_forms

_TO_LATIN: Final = str.maketrans(
    dict(zip("абвгдезийклмнопрстуфхыэ", "abvgdeziyklmnoprstufhye", strict=True))
    | {"ж": "j", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "sh", "ъ": "", "ь": "", "ё": "e"}
    | {"ю": "yu", "я": "ya"}
)
_FOLDS: Final = tuple(
    (re.compile(pattern), key)
    for pattern, key in (
        ("[ʻʼ']", ""), ("shch|sch", "sh"), ("zh", "j"), ("kh|x", "h"), ("w", "v"),
        ("c(?!h)", "ts"), ("yo|jo|ye|je", "e"), ("y(?![au])", "i"), ("i+", "i"),
    )
)  # fmt: skip
_RULES: Final = (
    ("shch", "щ"), ("sch", "щ"), ("sh", "ш"), ("ch", "ч"), ("zh", "ж"), ("kh", "х"), ("ts", "ц"),
    ("yo", "е"), ("yu", "ю"), ("ya", "я"), ("ye", "е"), ("iy", "ий"),
)  # fmt: skip
_LETTERS: Final = str.maketrans("abvgdejziyklmnoprstufhxcwqʼ", "абвгдежзийклмнопрстуфххцвкь", "ʻ")


def make_sound_key(latin: str) -> str:
    """Key shared by the Latin spellings of a Russian word: zhdu, jdu; uzhe, uje."""
    for pattern, key in _FOLDS:
        latin = pattern.sub(key, latin)
    return latin


@cache
def _index_forms() -> dict[str, str]:
    keys: dict[str, str] = {}
    for form in sorted(load_russian_forms(), key=lambda form: (len(form), form)):
        keys.setdefault(make_sound_key(form.translate(_TO_LATIN)), form)
    return keys


def find_russian(latin: str) -> str | None:
    """The listed Russian word that a Latin spelling stands for, if there is one."""
    return _index_forms().get(make_sound_key(latin))


def romanize(cyrillic: str) -> str:
    """A plain Latin spelling of a Russian word."""
    return cyrillic.translate(_TO_LATIN)


def to_russian(latin: str) -> str:
    """Russian word for a Latin spelling: a listed one, else letter by letter."""
    listed = find_russian(latin)
    if listed:
        return listed
    for pair, cyrillic in _RULES:
        latin = latin.replace(pair, cyrillic)
    return latin.translate(_LETTERS)
