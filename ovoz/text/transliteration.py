"""Transliteration of Uzbek between Cyrillic and Latin letters.

The rules are those of CLDR's ``uz_Cyrl-uz_Latn``, amended by the Uzbek spelling rules of 1995 where
dictionaries differ from CLDR: ц is ``ts`` after a vowel or й and ``s`` elsewhere (konstitutsiya,
sirk), ъ is dropped after ў (moʻjiza) and between a consonant and е, ё, ю, я (obyekt), сҳ is ``sʼh``
(Isʼhoq). Irregular words are listed in
``data/transliteration.tsv``. No rule looks beyond a word, so the results are cached per word.

Own code: PyICU needs ICU's native library, writes tsirk and sʼyezd, and ran at 4 MB/s
(docs/text.md).
"""

import re
from functools import cache
from typing import Final

from ovoz.text.character_folding import OKINA, TUTUQ
from ovoz.text.data_files import read_lines
from ovoz.text.memo import Memo

_SHORTEST_STEM: Final = 2
"""Length of the shortest stem that ``data/transliteration.tsv`` may list."""

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

# е is "ye" at the start of a word and after vowels, "e" after consonants, й among them. By then ц
# has become Latin.
_YE: Final = re.compile("(?<![бвгджзйклмнпрстфхцчшщқғҳʼБВГДЖЗЙКЛМНПРСТФХЦЧШЩҚҒҲsS])[еЕ]")
_SPECIAL: Final = re.compile(
    f"(?<=[{_VOWELS}{_VOWELS.upper()}йЙ])[цЦ]+|(?<=[ўЎ])[ъЪ]|(?<![{_VOWELS}{_VOWELS.upper()}])"
    "(?:[ъЪ](?=[ёюяЁЮЯ])|[ъЪ][еЕ])|[ьЬ]о|[сС](?=[ҳҲ])"
)
_CAPITAL_PAIR: Final = re.compile(f"(?<=[{_UPPER}])[ЁЧШЩЮЯЕЦ]|[ЁЧШЩЮЯЕЦ](?=[{_UPPER}])")

_BACK_PAIRS: Final = (
    (f"yo{OKINA}", "йў"), (f"o{OKINA}", "ў"), (f"g{OKINA}", "ғ"), (f"s{TUTUQ}h", "сҳ"),
    ("sh", "ш"), ("ch", "ч"), ("yo", "ё"), ("yu", "ю"), ("ya", "я"),
)  # fmt: skip
_BACK_SINGLE: Final = str.maketrans(
    "abdefghijklmnopqrstuvxyzcw" + TUTUQ, "абдефгҳижклмнопқрстувхйзкв" + "ъ"
)
_BACK_TSIYA: Final = re.compile("(?<=[aeiou])tsiya")
_BACK_YE: Final = re.compile("(?<=[bdfghjklmnpqrstvxyzшчғ])ye")
_BACK_E: Final = re.compile(f"(?<![bdfghjklmnpqrstvxyzшчғҳ{TUTUQ}])e")


def to_latin(text: str) -> str:
    """Transliterate Uzbek text from Cyrillic to Latin letters, keeping other characters.

    Case is kept: Шаҳар is Shahar, ШАҲАР is SHAHAR.
    """
    if text.isalpha():  # one word, as most callers have it
        return _word_to_latin(text)
    return _WORD.sub(lambda word: _word_to_latin(word[0]), text)


@Memo
def _word_to_latin(text: str) -> str:
    forms, listed, _, _ = _load_exceptions()
    if text[:_SHORTEST_STEM] in _load_beginnings():
        text = listed.sub(lambda match: forms[match[0]], text)
    text = _SPECIAL.sub(_replace_special, text)
    if not text.islower():
        text = _CAPITAL_PAIR.sub(_replace_capital, text)
    text = _YE.sub(lambda match: "ye" if match[0] == "е" else "Ye", text)
    return text.translate(_LATIN)


def to_cyrillic(text: str) -> str:
    """Transliterate Uzbek text from Latin to Cyrillic letters, in lower case.

    The Latin spelling has no ц, ь, щ and ы; only the listed words get them back. Transliterating
    the result to Latin gives the same text.
    """
    return _WORD.sub(lambda word: _word_to_cyrillic(word[0]), text.lower())


@Memo
def _word_to_cyrillic(text: str) -> str:
    _, _, forms, listed = _load_exceptions()
    text = _BACK_TSIYA.sub("ция", listed.sub(lambda match: _end_stem(match, forms), text))
    for latin, cyrillic in _BACK_PAIRS:
        text = text.replace(latin, cyrillic)
    text = _BACK_YE.sub("ье", text).replace("ye", "е")
    return _BACK_E.sub("э", text).translate(_BACK_SINGLE)


def _end_stem(match: re.Match[str], forms: dict[str, str]) -> str:
    """A listed stem in Cyrillic letters; a final ь is not written before suffixes (январда)."""
    stem = forms[match[0]]
    return stem if match.end() == len(match.string) else stem.removesuffix("ь")


def _replace_special(match: re.Match[str]) -> str:
    found = match[0]
    if found[0] in "цЦ":
        return "ts" if found[0] == "ц" else "Ts"
    if found[0] in "ьЬ":
        return "ё"
    if len(found) == 2:
        return "ye" if found[1] == "е" else "YE"
    return f"{found}{TUTUQ}" if found in "сС" else ""


def _replace_capital(match: re.Match[str]) -> str:
    letter = match[0].lower()
    if letter == "ц":
        return "S"
    if letter != "е":
        return _DOUBLE[letter].upper()
    before = match.string[match.start() - 1 : match.start()]
    return "YE" if not before.isalpha() or before.lower() in _VOWELS else "E"


@cache
def _load_exceptions() -> tuple[dict[str, str], re.Pattern[str], dict[str, str], re.Pattern[str]]:
    """Listed stems (Cyrillic → Latin) and the patterns that find them at the start of a word."""
    pairs = dict(line.split("\t") for line in read_lines("transliteration.tsv"))
    back: dict[str, str] = {}
    for cyrillic, latin in pairs.items():
        back.setdefault(latin, cyrillic)
    # Stems lose their ь before suffixes: сентябрда.
    pairs |= {key.removesuffix("ь"): value for key, value in pairs.items()}
    forms = pairs | {key.capitalize(): value.capitalize() for key, value in pairs.items()}
    return forms, _compile_stems(forms), back, _compile_stems(back)


@cache
def _load_beginnings() -> frozenset[str]:
    """The first letters of the listed stems, so that most words are not compared with each."""
    forms, *_ = _load_exceptions()
    return frozenset(form[:_SHORTEST_STEM] for form in forms)


def _compile_stems(words: dict[str, str]) -> re.Pattern[str]:
    longest_first = sorted(words, key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(longest_first)})")
