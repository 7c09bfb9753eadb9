"""Russian words that people type in Latin letters."""

import re
from functools import cache
from typing import Final

from ovoz.text.lexicon import russian_forms

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


def sound_key(latin: str) -> str:
    """Key that different Latin spellings of a Russian word share: zhdu, jdu; uzhe, uje."""
    for pattern, key in _FOLDS:
        latin = pattern.sub(key, latin)
    return latin


@cache
def _keys() -> dict[str, str]:
    keys: dict[str, str] = {}
    for form in sorted(russian_forms(), key=lambda form: (len(form), form)):
        keys.setdefault(sound_key(form.translate(_TO_LATIN)), form)
    return keys


def listed_russian(latin: str) -> str | None:
    """The Russian word that a Latin spelling stands for, if it is a listed one."""
    return _keys().get(sound_key(latin))


def romanize(cyrillic: str) -> str:
    """One plain Latin spelling of a Russian word."""
    return cyrillic.translate(_TO_LATIN)


def to_russian(latin: str) -> str:
    """Russian word of a Latin spelling: the listed one, else letter by letter."""
    listed = listed_russian(latin)
    if listed:
        return listed
    for pair, cyrillic in _RULES:
        latin = latin.replace(pair, cyrillic)
    return latin.translate(_LETTERS)
