"""Numbers with an ending behind a hyphen: 2-й, 90-е, 5-летний, 1-chi, 2-si, 5-ta, 7-sinf."""

import re
from typing import Final

from ovoz.text import numbers_ru, numbers_uz
from ovoz.text.figures.amounts import LONGEST, NUMBER, read_amount
from ovoz.text.figures.grammar_ru import ordinal_case, word_after, word_before
from ovoz.text.number_language import UZBEK_SUFFIXES, NumberLanguage
from ovoz.text.transliteration import to_cyrillic, to_latin

_ENDINGS: Final = {
    "й": ("n", "m"), "ый": ("n", "m"), "ий": ("n", "m"), "ой": ("n", "m"), "я": ("n", "f"),
    "ая": ("n", "f"), "ья": ("n", "f"), "е": ("n", "n"), "ое": ("n", "n"), "ье": ("n", "n"),
    "го": ("g", "m"), "ого": ("g", "m"), "его": ("g", "m"), "му": ("d", "m"), "ому": ("d", "m"),
    "ему": ("d", "m"), "м": ("p", "m"), "ом": ("p", "m"), "ем": ("p", "m"), "ым": ("i", "m"),
    "им": ("i", "m"), "ю": ("a", "f"), "ую": ("a", "f"), "ые": ("n", "p"), "ие": ("n", "p"),
    "х": ("g", "p"), "ых": ("g", "p"), "их": ("g", "p"), "ми": ("i", "p"), "ыми": ("i", "p"),
    "ей": ("g", "f"),
}  # fmt: skip
_OF_CARDINALS: Final = frozenset(("ти", "и", "мя", "ю"))
_COMPOUNDS: Final = (
    "летн|летия|летию|летие|этажн|комнатн|дневн|процентн|кратн|минутн|местн|"
    "месячн|недельн|тысячн|миллионн|звездочн|звёздочн|рублев|рублёв|градусн|"
    # 25 часов, 2 тонны are nouns.
    "(?:часов|метров|литров|тонн|разов)(?=ы[йеймх]|о[йегм]|ая|ую)"
)
RUSSIAN_ORDINAL: Final = re.compile(
    r"(?<![\d.,-])(?P<number>\d{1,15})[-–]"
    rf"(?P<ending>{'|'.join(sorted(_ENDINGS, key=len, reverse=True))})"
    r"(?![^\W_])"
)
RUSSIAN_COMPOUND: Final = re.compile(
    rf"(?<![\d.,-])(?P<number>\d{{1,3}})(?:-(?:х|ти|и))?[-–\s]?"
    rf"(?P<noun>(?:{_COMPOUNDS})[а-яё]{{0,6}})(?![^\W_])"
)
RUSSIAN_OF_CARDINAL: Final = re.compile(
    r"(?<![\d.,-])(?P<number>\d{1,15})-(?P<ending>ти|мя|ми)(?!\w)"
)
NUMBERED: Final = re.compile(r"(?<![\d.,])(?P<number>\d{1,2})\s(?P<noun>числа|числу|числе)(?!\w)")

UZBEK_ORDINAL: Final = re.compile(
    rf"(?P<dash>(?<!\w)[-–])?(?<![\d.,])(?:(?P<first>\d{{1,4}})[-–])?(?P<number>{NUMBER})(?:[-–]|-\s)(?P<rest>[^\W\d_][^\W\d_]{{1,40}}|[^\W\d_]{{0,6}}[ʻʼ][^\W\d_]{{1,30}})"
)
_CHI: Final = re.compile("(?:i?n)?chi")
SUFFIXES: Final = re.compile(
    "(?:ta|tadan|tacha|tagacha|tasi|da|dan|ga|gacha|ni|ning|dagi|niki|lab|tali|talik|talab|lar|"
    "larda|lardan|larga|lik|ov|ovi|ovlon|dek)(?:mi|ku|chi|da|dir|lar|ga|dan|ni|ning|gacha)?"
)


def spell_russian_ordinal(match: re.Match[str], _: NumberLanguage) -> str | None:
    """2-ой, 90-х, в 5-м: an ordinal in the case that its ending shows."""
    number, ending = int(match["number"]), match["ending"]
    after = word_after(match)
    if ending == "х" and number in (2, 3, 4) and not after.startswith("год"):
        return numbers_ru.cardinal(number, "g")
    case, gender = _ENDINGS[ending]
    before = word_before(match)
    if ending == "е" and number % 10 == 0 and (not after or after.startswith(("год", "гг"))):
        gender = "p"
    if ending in ("м", "ой", "ей") and ending != "м":
        feminine = after.endswith(("е", "и", "ы", "ой", "ей"))
        case, gender = ("g", "f") if feminine else (case, gender)
    if ending == "м" and before and ordinal_case(before, locative=True) != "p":
        case = "i"
    if ending in ("х", "ых", "их") and ordinal_case(before, locative=True) == "p":
        case = "p"
    return numbers_ru.ordinal(number, case, gender)


def spell_russian_compound(match: re.Match[str], _: NumberLanguage) -> str | None:
    """5-летний, 2-х комнатная: the number and the word become one word."""
    number = int(match["number"])
    if not number:
        return None
    parts = numbers_ru.cardinal(number, "g").split()
    whole = {"одного": "одно", "ста": "сто", "девяноста": "девяносто"}
    return "".join(whole.get(part, part) for part in parts) + match["noun"]


def spell_russian_of_cardinal(match: re.Match[str], _: NumberLanguage) -> str | None:
    """5-ти, 7-ми, 4-мя: a cardinal in an oblique case."""
    case = "i" if match["ending"] == "мя" else "g"
    return numbers_ru.cardinal(int(match["number"]), case)


def spell_numbered(match: re.Match[str], _: NumberLanguage) -> str | None:
    """21 числа: a day of the month."""
    case = {"числа": "g", "числу": "d", "числе": "p"}[match["noun"]]
    return f"{numbers_ru.ordinal(int(match['number']), case, 'n')} {match['noun']}"


def spell_uzbek_ordinal(match: re.Match[str], language: NumberLanguage) -> str | None:
    """1-chi, 2-si, 5-ta, 2024-da, 7-sinf: the ending says whether it is an ordinal."""
    if language is NumberLanguage.RUSSIAN:
        return None
    amount = read_amount(match["number"], uzbek=True)
    if amount.fraction or len(amount.whole) > LONGEST:
        return None
    number, rest = amount.value, to_latin(match["rest"].lower())
    cyrillic = match["rest"][0] >= "Ѐ"
    before = f"{numbers_uz.cardinal(int(match['first']))} " if match["first"] else ""
    chi = _CHI.match(rest)
    counted = rest in UZBEK_SUFFIXES or SUFFIXES.fullmatch(rest)
    if match["dash"] and counted:
        before = f"minus {before}"
    if chi:
        words = numbers_uz.ordinal(number) + rest[chi.end() :]
    elif rest.startswith("si") and rest[2:] in ("", "ni", "ning", "ga", "da", "dan", "mi", "dir"):
        words = numbers_uz.ordinal(number) + rest
    elif counted:
        words = numbers_uz.join_suffix(numbers_uz.cardinal(number), rest)
    else:
        before = f"{numbers_uz.ordinal(int(match['first']))} " if match["first"] else ""
        spelled = before + numbers_uz.ordinal(number)
        return f"{to_cyrillic(spelled) if cyrillic else spelled} {match['rest']}"
    return to_cyrillic(before + words) if cyrillic else before + words
