"""Uzbek from Cyrillic to Latin letters and back.

The rules are those of CLDR's ``uz_Cyrl-uz_Latn`` with the Uzbek spelling rules of 1995 on top,
where CLDR follows the letter and dictionaries do not: ц is ``ts`` after a vowel and ``s``
elsewhere (konstitutsiya, sirk), ъ falls away before е, ё, ю, я (obyekt), сҳ is ``sʼh`` (Isʼhoq).
Words that follow no rule are listed in ``data/transliteration.tsv``. No rule looks beyond a word,
so that a word is worked out once and then remembered; ICU gives 4 MB/s for the same job.
"""

import re
from functools import cache, lru_cache
from importlib import resources
from typing import Final

from ovoz.text.letters import OKINA, TUTUQ

_REMEMBERED: Final = 200_000
_WORD: Final = re.compile(rf"[\w{OKINA}{TUTUQ}]+")
_VOWELS: Final = "аеёиоуўэюяы"
_UPPER: Final = "А-ЯЁЎҚҒҲ"

_SINGLE: Final = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ж": "j", "з": "z", "и": "i",
    "й": "y", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s",
    "т": "t", "у": "u", "ф": "f", "х": "x", "ц": "s", "ъ": TUTUQ, "ы": "i", "ь": "", "э": "e",
    "қ": "q", "ҳ": "h",
}  # fmt: skip
_DOUBLE: Final = {
    "ё": "yo", "ч": "ch", "ш": "sh", "щ": "sh", "ю": "yu", "я": "ya",
    "ў": f"o{OKINA}", "ғ": f"g{OKINA}",
}  # fmt: skip
_LATIN: Final = str.maketrans(
    _SINGLE
    | {letter.upper(): latin.upper() for letter, latin in _SINGLE.items()}
    | _DOUBLE
    | {letter.upper(): latin.capitalize() for letter, latin in _DOUBLE.items()}
)

# е is "ye" where it is heard so; й is no vowel, but nothing is written between it and е.
_YE: Final = re.compile("(?<![бвгджзйклмнпрстфхцчшщқғҳʼБВГДЖЗЙКЛМНПРСТФХЦЧШЩҚҒҲ])[еЕ]")
_SPECIAL: Final = re.compile(
    f"(?<=[{_VOWELS}{_VOWELS.upper()}])[цЦ]+|[ъЪ](?=[ёюяЁЮЯ])|[ъЪ][еЕ]|[ьЬ]о|[сС](?=[ҳҲ])"
)
_CAPITAL_PAIR: Final = re.compile(f"(?<=[{_UPPER}])[ЁЧШЩЮЯЕЦ]|[ЁЧШЩЮЯЕЦ](?=[{_UPPER}])")

_BACK_PAIRS: Final = (
    (f"yo{OKINA}", "йў"), (f"o{OKINA}", "ў"), (f"g{OKINA}", "ғ"), (f"s{TUTUQ}h", "сҳ"),
    ("sh", "ш"), ("ch", "ч"), ("yo", "ё"), ("yu", "ю"), ("ya", "я"),
)  # fmt: skip
_BACK_SINGLE: Final = str.maketrans(
    "abdefghijklmnopqrstuvxyzcw" + TUTUQ, "абдефгҳижклмнопқрстувхйзкв" + "ъ"
)
_BACK_YE: Final = re.compile("(?<=[bdfghjklmnpqrstvxzшчғ])ye|ye")
_BACK_E: Final = re.compile(f"(?<![bdfghjklmnpqrstvxyzшчғҳ{TUTUQ}])e")


def to_latin(text: str) -> str:
    """Latin spelling of Uzbek text in Cyrillic letters; other characters stay as they are.

    Case is kept: Шаҳар is Shahar, ШАҲАР is SHAHAR.
    """
    return _WORD.sub(lambda word: _latin_word(word[0]), text)


@lru_cache(maxsize=_REMEMBERED)
def _latin_word(text: str) -> str:
    text = _SPECIAL.sub(_special, _listed(text))
    text = _CAPITAL_PAIR.sub(_capital_pair, text)
    text = _YE.sub(lambda match: "ye" if match[0] == "е" else "Ye", text)
    return text.translate(_LATIN)


def to_cyrillic(text: str) -> str:
    """Cyrillic spelling of Uzbek text in Latin letters, in lower case.

    The Latin spelling has lost ц, ь, щ and ы, which come back only in the listed words; the way
    back to Latin gives the same text (tested).
    """
    return _WORD.sub(lambda word: _cyrillic_word(word[0]), text.lower())


@lru_cache(maxsize=_REMEMBERED)
def _cyrillic_word(text: str) -> str:
    text = _back_listed(text)
    for latin, cyrillic in _BACK_PAIRS:
        text = text.replace(latin, cyrillic)
    text = _BACK_YE.sub(_back_ye, text)
    return _BACK_E.sub("э", text).translate(_BACK_SINGLE)


def _special(match: re.Match[str]) -> str:
    found = match[0]
    if found[0] in "цЦ":
        return "ts" if found[0] == "ц" else "Ts"
    if found[0] in "ьЬ":
        return "ё"
    if len(found) == 2:
        return "ye" if found[1] == "е" else "YE"
    return f"{found}{TUTUQ}" if found in "сС" else ""


def _capital_pair(match: re.Match[str]) -> str:
    letter = match[0].lower()
    if letter == "ц":
        return "S"
    if letter != "е":
        return _DOUBLE[letter].upper()
    before = match.string[match.start() - 1 : match.start()]
    return "YE" if not before.isalpha() or before.lower() in _VOWELS else "E"


def _back_ye(match: re.Match[str]) -> str:
    before = match.string[match.start() - 1 : match.start()]
    return "ье" if before and before in "bdfghjklmnpqrstvxzшчғ" else "е"


@cache
def _exceptions() -> tuple[dict[str, str], re.Pattern[str], dict[str, str], re.Pattern[str]]:
    """Listed stems (Cyrillic → Latin) and the patterns that find them at the start of a word."""
    lines = resources.files("ovoz.text").joinpath("data/transliteration.tsv").read_text("utf-8")
    pairs = dict(
        line.split("\t") for line in lines.splitlines() if line and not line.startswith("#")
    )
    back: dict[str, str] = {}
    for cyrillic, latin in pairs.items():
        back.setdefault(latin, cyrillic)
    forms = pairs | {key.capitalize(): value.capitalize() for key, value in pairs.items()}
    return forms, _stems(forms), back, _stems(back)


def _stems(words: dict[str, str]) -> re.Pattern[str]:
    longest_first = sorted(words, key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(longest_first)})")


def _listed(text: str) -> str:
    forms, pattern, _, _ = _exceptions()
    return pattern.sub(lambda match: forms[match[0]], text)


def _back_listed(text: str) -> str:
    _, _, forms, pattern = _exceptions()
    return pattern.sub(lambda match: forms[match[0]], text)
