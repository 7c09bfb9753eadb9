"""The script of the answer: canonical, all in Latin or all in Cyrillic letters."""

import re
from dataclasses import replace
from enum import StrEnum
from typing import Final

from ovoz.text.transliteration import to_cyrillic
from ovoz.text.written.tokens import TokenKind, WrittenForm

_CYRILLIC_RUN: Final = re.compile("[а-яё]+", re.IGNORECASE)
_LATIN_RUN: Final = re.compile("[a-zʻʼ]+", re.IGNORECASE)
_ROMAN: Final = re.compile("[IVXLCDM]+")
_AS_TYPED: Final = str.maketrans(
    dict(zip("абвгдезийклмнопрстуфхыэ", "abvgdeziyklmnoprstufxie", strict=True))
    | {"ж": "j", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "sh", "ъ": "", "ь": "", "ё": "yo"}
    | {"ю": "yu", "я": "ya"}
)
_YE: Final = re.compile("(?<![бвгджзйклмнпрстфхцчшщ])е")
_ADJECTIVE: Final = re.compile("[иы]й$")


class Script(StrEnum):
    """The script of the answer.

    ``canonical`` has each language in its own: Uzbek in Latin, Russian in Cyrillic letters.
    """

    CANONICAL = "canonical"
    LATIN = "latin"
    CYRILLIC = "cyrillic"


def write_in_script(text: WrittenForm, script: Script) -> WrittenForm:
    """The written form in a script; figures, marks and the spoken words stay as they are."""
    if script is Script.CANONICAL:
        return text
    write = _to_latin if script is Script.LATIN else _to_cyrillic
    tokens = (
        token if token.kind is TokenKind.REDACTED else replace(token, text=write(token.text))
        for token in text.tokens
    )
    return replace(text, tokens=tuple(tokens))


def _to_latin(token: str) -> str:
    return _CYRILLIC_RUN.sub(lambda run: _keep_case(run[0], _romanize(run[0].lower())), token)


def _romanize(russian: str) -> str:
    """Russian as people in Tashkent type it: perevod, skidka, rabochiy, yest."""
    return _YE.sub("ye", _ADJECTIVE.sub("iy", russian)).translate(_AS_TYPED)


def _to_cyrillic(token: str) -> str:
    def write(run: re.Match[str]) -> str:
        if _ROMAN.fullmatch(run[0]):
            return run[0]
        return _keep_case(run[0], to_cyrillic(run[0]))

    return _LATIN_RUN.sub(write, token)


def _keep_case(before: str, after: str) -> str:
    if len(before) > 1 and before.isupper():
        return after.upper()
    return after[:1].upper() + after[1:] if before[:1].isupper() else after
