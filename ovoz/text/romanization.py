"""Romanization: Russian words typed in Latin letters, and back."""

import re
from functools import cache
from typing import Final

from ovoz.text.word_frequencies import load_frequencies

_TO_KEY: Final = str.maketrans(
    dict(zip("абвгдезийклмнопрстуфхыэ", "abvgdeziiklmnoprstufhie", strict=True))
    | {"ж": "j", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "sh", "ъ": "", "ь": "", "ё": "e"}
    | {"ю": "yu", "я": "ya"}
)
_REPEATED_I: Final = re.compile("ii+")
_SOUNDS: Final = {
    "ʻ": "", "ʼ": "", "'": "", "shch": "sh", "sch": "sh", "zh": "j", "kh": "h", "x": "h", "w": "v",
    "c": "ts", "yo": "e", "ye": "e", "y": "i",
}  # fmt: skip
_YO: Final = re.compile("[^aeiouyʼ]yo")
_SOUND: Final = re.compile("[ʻʼ'xw]|sh?ch|zh|kh|c(?!h)|(?<!^)yo|ye|y(?![au])")
_RULES: Final = (
    ("shch", "щ"), ("sch", "щ"), ("sh", "ш"), ("ch", "ч"), ("zh", "ж"), ("kh", "х"),
    ("yo", "е"), ("yu", "ю"), ("ya", "я"), ("ye", "е"), ("iy", "ий"),
)  # fmt: skip
_FINAL_TSYA: Final = re.compile("tsya$")
_LETTERS: Final = str.maketrans("abvgdejziyklmnoprstufhxcwqʼ", "абвгдежзийклмнопрстуфххцвкь", "ʻ")


def make_russian_key(cyrillic: str) -> str:
    """Key of a Russian word, shared with its Latin spellings."""
    return _REPEATED_I.sub("i", cyrillic.translate(_TO_KEY))


def make_sound_key(latin: str) -> str:
    """Key shared by the Latin spellings of a Russian word: zhdu, jdu; uzhe, uje."""
    key = _SOUND.sub(lambda sound: _SOUNDS[sound[0]], latin)
    if key == latin == "i" * len(key):  # a Roman numeral, not и
        return key
    return _REPEATED_I.sub("i", key) if "ii" in key else key


@cache
def index_russian() -> dict[str, str]:
    """The most frequent Russian form of each key."""
    keys: dict[str, str] = {}
    for form in load_frequencies("ru"):  # the most frequent first
        keys.setdefault(make_russian_key(form), form)
    keys.pop("", None)  # ь and ъ alone
    return keys


def find_russian(latin: str, key: str | None = None) -> str | None:
    """The listed Russian word that a Latin spelling stands for, if there is one.

    Args:
        latin: The spelling.
        key: Its sound key, where it is known.
    """
    form = index_russian().get(make_sound_key(latin) if key is None else key)
    if form and _YO.search(latin) and form not in load_frequencies("yo"):
        return None  # Lyosa is not леса.
    return form


def to_russian(latin: str) -> str:
    """Russian word for a Latin spelling: a listed one, else letter by letter."""
    listed = find_russian(latin)
    if listed:
        return listed
    latin = _FINAL_TSYA.sub("тся", latin).replace("ts", "ц")
    for pair, cyrillic in _RULES:
        latin = latin.replace(pair, cyrillic)
    return latin.translate(_LETTERS)
