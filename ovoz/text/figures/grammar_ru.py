"""The case and gender in which a Russian number is read, from the words around it."""

import re
from typing import Final, NamedTuple

_BEFORE: Final = re.compile(r"([^\W\d_]+)[\s«\"(]*$")
_AFTER: Final = re.compile(r"\s*([^\W\d_]+)")
_REACH: Final = 40

_GENITIVE: Final = frozenset(
    ("от", "до", "из", "без", "для", "после", "около", "у", "кроме", "против", "среди", "вместо",
     "более", "менее", "больше", "меньше", "свыше", "течение", "с", "со")
)  # fmt: skip
_DATIVE: Final = frozenset(("к", "ко", "благодаря", "согласно"))
_PREPOSITIONAL: Final = frozenset(("о", "об", "при"))
_ACCUSATIVE: Final = frozenset(("в", "во", "на", "за", "через", "по", "про"))
_ORDINAL_PREPOSITIONAL: Final = frozenset(("в", "во", "на", "о", "об", "при"))

_ENDINGS: Final = (
    ("ого", "g", "m"), ("его", "g", "m"), ("ому", "d", "m"), ("ему", "d", "m"), ("ый", "n", "m"),
    ("ий", "n", "m"), ("ая", "n", "f"), ("яя", "n", "f"), ("ую", "a", "f"), ("юю", "a", "f"),
    ("ое", "n", "n"), ("ее", "n", "n"), ("ые", "n", "p"), ("ие", "n", "p"), ("ых", "g", "p"),
    ("их", "g", "p"), ("ыми", "i", "p"), ("ой", "g", "f"), ("ей", "g", "f"), ("ым", "i", "m"),
    ("им", "i", "m"),
)  # fmt: skip
_MASCULINE: Final = {
    "": "n", "а": "g", "у": "d", "ом": "i", "е": "p", "ы": "P", "ов": "G", "ах": "L", "ам": "D",
}  # fmt: skip
_FEMININE: Final = {
    "а": "n",
    "ы": "g",
    "и": "g",
    "е": "p",
    "у": "a",
    "ой": "i",
    "ь": "n",
    "ью": "i",
}
_NEUTER: Final = {
    "о": "n",
    "а": "g",
    "у": "d",
    "ом": "i",
    "е": "p",
    "ие": "n",
    "ия": "g",
    "ии": "p",
}
_NOUNS: Final = (
    ("m", "век|квартал|съезд|том|тур|раунд|сезон|класс|этап|созыв|курс|этаж|год|тип", _MASCULINE),
    ("f", "групп|глав|част|степен|стади|категори|половин|фаз|войн", _FEMININE),
    ("n", "мест|тысячелет|столет|полугод", _NEUTER),
)
NUMBERED_NOUNS: Final = "|".join(stems for _, stems, _ in _NOUNS)


class Form(NamedTuple):
    """Case as in num2words and gender (``p`` for the plural)."""

    case: str = "n"
    gender: str = "m"


def word_before(match: re.Match[str]) -> str:
    """The word before a figure in lower case, or an empty string."""
    found = _BEFORE.search(match.string[max(0, match.start() - _REACH) : match.start()])
    return found[1].lower() if found else ""


def word_after(match: re.Match[str]) -> str:
    """The word after a figure in lower case, or an empty string."""
    found = _AFTER.match(match.string[match.end() : match.end() + _REACH])
    return found[1].lower() if found else ""


def ordinal_case(before: str, locative: bool = False) -> str:
    """Case of an ordinal after a word; ``locative`` tells в 1990 году from в 1990 год."""
    if before in _GENITIVE:
        return "g"
    if before in _DATIVE:
        return "d"
    if locative and before in _ORDINAL_PREPOSITIONAL:
        return "p"
    return "a" if before in _ACCUSATIVE else "n"


def cardinal_form(before: str, after: str) -> Form:
    """Case and gender of a number between two words, the second one counted."""
    case = _cardinal_case(before, after)
    if after.endswith(("ую", "юю", "у", "ю")):
        return Form("a" if case in "na" else case, "f")
    if after.endswith(("ая", "яя", "а", "я", "ы", "и")) and not after.endswith(("ла", "ли")):
        return Form(case, "f")
    return Form(case, "n" if after.endswith(("о", "ое", "ее")) else "m")


def _cardinal_case(before: str, after: str) -> str:
    if after.endswith(("ами", "ями", "ыми", "ими", "ьми")):
        return "i"
    if before in _DATIVE:
        return "d"
    if before in _GENITIVE:
        return "g"
    if before in _PREPOSITIONAL or (before in _ACCUSATIVE and after.endswith(("ах", "ях"))):
        return "p"
    return "a" if before in _ACCUSATIVE else "n"


def agree(noun: str, before: str = "") -> Form | None:
    """Case and gender that a numeral takes from the word it numbers; None if they are unknown."""
    for gender, stems, endings in _NOUNS:
        found = re.fullmatch(rf"(?:{stems})([а-я]{{0,3}})", noun)
        if found and found[1] in endings:
            case = endings[found[1]]
            if case.isupper():
                return Form({"P": "n", "G": "g", "L": "p", "D": "d"}[case], "p")
            if case == "n":
                case = "a" if before in _ACCUSATIVE else "n"
            if case == "d" and before in _ORDINAL_PREPOSITIONAL:
                case = "p"
            return Form(case, gender)
    for ending, case, gender in _ENDINGS:
        if noun.endswith(ending):
            return Form("p" if case == "g" and before in ("в", "во", "на") else case, gender)
    return None
