"""Plain numbers, fractions and times, and what is written with them: units, money, percent."""

import re
from typing import Final

from ovoz.text import numbers_ru, numbers_uz
from ovoz.text.figures.amounts import LONGEST, SIGNED, SPACES, Amount, read_amount
from ovoz.text.figures.grammar_ru import Form, cardinal_form, word_after, word_before
from ovoz.text.figures.nouns_ru import CURRENCIES, DEGREE, PERCENT, SCALES, UNITS, Noun
from ovoz.text.number_language import NumberLanguage
from ovoz.text.transliteration import to_cyrillic, to_latin

_GAP: Final = rf"[{SPACES}]?"
_SCALE: Final = (
    r"mln|mlrd|trln|ming|million|milliard|trillion|тыс|млн|млрд|трлн|минг|миллион|миллиард"
)
_NOT_LETTER: Final = r"(?![^\W_])"
_SIGN: Final = "[$€£₽]"

MONEY: Final = re.compile(
    rf"(?:(?P<before>{_SIGN}){_GAP}{SIGNED}(?:{_GAP}(?P<scale>{_SCALE})\b\.?)?)"
)
MONEY_BEHIND: Final = re.compile(
    rf"{SIGNED}(?:{_GAP}(?P<scale>{_SCALE})\b\.?)?{_GAP}(?P<after>{_SIGN}|(?:USD|EUR|GBP|RUB|UZS)(?![^\W_]))"
)
SUM: Final = re.compile(
    rf"{SIGNED}(?={_GAP}(?:soʻm|so‘m|so'm|сўм|сум|dollar|yevro|rubl|funt|доллар|рубл|евро))"
)
MEASURE: Final = re.compile(
    rf"{SIGNED}{_GAP}(?:(?P<scale>тыс|млн|млрд|трлн|mln|mlrd|trln)\b\.?"
    r"(?:\s?(?P<of_scale>руб|долл)\b\.?)?"
    r"|(?P<square>(?:кв\.?|kv\.?|квадрат\w*)\s?[мm](?:\.(?=\s[а-яёa-z]))?|[мm]²|[мm]2)"
    r"|(?P<cubic>(?:куб\.?|kub\.?)\s?[мm]|[мm]³|[мm]3)"
    r"|(?P<unit>км/ч|м/с|квт|кг|км|см|мм|мл|га|мин|сек|шт|руб|коп|долл|вт|[гмлчтр])(?:\.(?=\s[а-яё]|$|,))?)"
    + _NOT_LETTER
)
PERCENTAGE: Final = re.compile(
    rf"{SIGNED}\s?%(?:\s?(?P<possessive>i(?:ni|ning|ga|da|dan)?){_NOT_LETTER})?"
)
TEMPERATURE: Final = re.compile(rf"{SIGNED}\s?(?:°\s?(?P<kind>[CСFcсf]{_NOT_LETTER})?|℃)")
FRACTION: Final = re.compile(
    r"(?<![\d.,/])(?:(?P<whole>\d{1,6})\s)?(?P<upper>\d{1,3})/(?P<lower>\d{1,4})(?![\d/]|[.,]\d)"
)
TIME: Final = re.compile(
    r"(?<![\d:.,])(?P<hours>\d{1,2}):(?P<minutes>[0-5]\d)(?::(?P<seconds>[0-5]\d))?(?![\d:])"
)
PLAIN: Final = re.compile(SIGNED)

_SCALES_UZ: Final = {
    "тыс": "ming", "млн": "million", "млрд": "milliard", "трлн": "trillion", "mln": "million",
    "mlrd": "milliard", "trln": "trillion",
}  # fmt: skip
_CURRENCIES_UZ: Final = {
    "$": ("dollar", "sent"), "€": ("yevro", "sent"), "£": ("funt", "pens"), "₽": ("rubl", "tiyin"),
    "UZS": ("soʻm", "tiyin"),
}  # fmt: skip
_CODES: Final = {"USD": "$", "EUR": "€", "GBP": "£", "RUB": "₽"}
_UNITS_UZ: Final = {"руб": "rubl", "р": "rubl", "долл": "dollar", "коп": "tiyin"}
_SIGNS: Final = {"-": ("minus", "минус"), "−": ("minus", "минус"), "–": ("minus", "минус")}
_PLUS: Final = ("plus", "плюс")


def spell_money(match: re.Match[str], language: NumberLanguage) -> str | None:
    """$1,500.50, 1.5 mln $, 100 ₽."""
    amount = read_amount(match["number"], money=not match["scale"])
    sign = match.groupdict().get("before") or match["after"]
    sign = _CODES.get(sign, sign)
    scale = (match["scale"] or "").lower()
    if language is NumberLanguage.RUSSIAN:
        return _signed(match, _russian_money(match, amount, sign, to_scale(scale)), 1)
    major, minor = _CURRENCIES_UZ[sign]
    if scale or len(amount.fraction) not in (0, 2):
        number = _uzbek_number(amount, exact=True)
        parts = [number, _SCALES_UZ.get(scale, to_latin(scale)), major]
    else:
        parts = [numbers_uz.exact(amount.value), major]
        if int(amount.fraction or 0):
            parts += [numbers_uz.exact(int(amount.fraction)), minor]
    words = _signed(match, " ".join(filter(None, parts)), 0)
    return _to_script(words, language)


def to_scale(scale: str) -> Noun | None:
    """The Russian noun of a scale word in any spelling."""
    keys = {"ming": "тыс", "минг": "тыс", "mln": "млн", "mlrd": "млрд", "trln": "трлн"}
    keys |= {"million": "млн", "миллион": "млн", "milliard": "млрд", "миллиард": "млрд"}
    return SCALES.get(keys.get(scale, scale))


def _russian_money(match: re.Match[str], amount: Amount, sign: str, scale: Noun | None) -> str:
    major, minor = CURRENCIES[sign]
    case = cardinal_form(word_before(match), "").case
    if scale:
        return f"{_russian_counted(amount, scale, case)} {major.counted(5, 'n')}"
    if len(amount.fraction) == 1 or len(amount.fraction) > 2:
        return _russian_counted(amount, major, case)
    words = _russian_counted(Amount(amount.whole), major, case)
    if int(amount.fraction or 0):
        words += f" {_russian_counted(Amount(amount.fraction), minor, case)}"
    return words


def spell_sum(match: re.Match[str], language: NumberLanguage) -> str | None:
    """1.500.000 before soʻm: separators are those of thousands, and every digit counts."""
    amount = read_amount(match["number"], money=True)
    if language is NumberLanguage.RUSSIAN:
        return _signed(match, _russian_plain(match, amount), 1)
    words = _signed(match, _uzbek_number(amount, exact=True), 0)
    return _to_script(words, language)


def spell_measure(match: re.Match[str], language: NumberLanguage) -> str | None:
    """10 кг, 5 тыс. руб., 20 кв. м: Russian units decline, Uzbek ones stay as they are written."""
    amount = read_amount(match["number"], uzbek=language is not NumberLanguage.RUSSIAN)
    unit = match["unit"] or ("кв м" if match["square"] else "куб м" if match["cubic"] else "")
    if language is NumberLanguage.RUSSIAN:
        noun = to_scale(match["scale"].lower()) if match["scale"] else UNITS[unit]
        if noun is None:
            return None
        form = cardinal_form(word_before(match), "")
        words = _russian_counted(amount, noun, form.case)
        if match["of_scale"]:
            words += f" {UNITS[match['of_scale']].counted(5)}"
        return _signed(match, words, 1)
    words = _signed(match, _uzbek_number(amount), 0)
    if match["scale"]:
        scale = _SCALES_UZ[match["scale"].lower()]
        words = f"{words} {scale} {_UNITS_UZ.get(match['of_scale'] or '', '')}".rstrip()
        return _to_script(words, language)
    kind = {"кв м": "kvadrat metr", "куб м": "kub metr"}.get(unit) or _UNITS_UZ.get(unit)
    return _to_script(f"{words} {kind or to_latin(unit)}", language)


def spell_percentage(match: re.Match[str], language: NumberLanguage) -> str | None:
    """15%, до 50 %, 5 % ini."""
    return _spell_with_noun(match, language, f"foiz{match['possessive'] or ''}", PERCENT)


def spell_temperature(match: re.Match[str], language: NumberLanguage) -> str | None:
    """-10°C, 36,6°."""
    kind = (match["kind"] or ("" if "°" in match[0] else "c")).lower().replace("с", "c")
    uzbek, russian = {"c": (" selsiy", "цельсия"), "f": (" farengeyt", "фаренгейта")}.get(
        kind, ("", "")
    )
    noun = DEGREE._replace(tail=russian)
    return _spell_with_noun(match, language, f"daraja{uzbek}", noun)


def _spell_with_noun(
    match: re.Match[str], language: NumberLanguage, uzbek: str, russian: Noun
) -> str:
    amount = read_amount(match["number"], uzbek=language is not NumberLanguage.RUSSIAN)
    if language is NumberLanguage.RUSSIAN:
        case = cardinal_form(word_before(match), "").case
        return _signed(match, _russian_counted(amount, russian, case), 1)
    words = f"{_signed(match, _uzbek_number(amount), 0)} {uzbek}"
    return _to_script(words, language)


def spell_fraction(match: re.Match[str], language: NumberLanguage) -> str | None:
    """3/4, 2 1/2; None for what is no fraction, as 24/7."""
    whole, upper, lower = match["whole"], int(match["upper"]), int(match["lower"])
    if not 0 < upper < lower or (lower > 10 and lower not in (12, 15, 16, 20, 25, 50, 100, 1000)):
        return None
    if language is NumberLanguage.RUSSIAN:
        numbers = numbers_ru.cardinal(upper, gender="f")
        ending = ("n", "f") if upper % 10 == 1 and upper != 11 else ("g", "p")
        words = f"{numbers} {numbers_ru.ordinal(lower, *ending)}"
        if not whole:
            return words
        one = int(whole) % 10 == 1 and int(whole) % 100 != 11
        return (
            f"{numbers_ru.cardinal(int(whole), gender='f')} {'целая' if one else 'целых'} {words}"
        )
    words = f"{numbers_uz.cardinal(lower)}dan {numbers_uz.cardinal(upper)}"
    if whole:
        words = f"{numbers_uz.cardinal(int(whole))} butun {words}"
    elif (upper, lower) == (1, 2):
        words = "yarim"
    return _to_script(words, language)


def spell_time(match: re.Match[str], language: NumberLanguage) -> str | None:
    """15:00, 9:05, 12:30:45: noughts are said."""
    parts = [match["minutes"], match["seconds"]]
    if language is NumberLanguage.RUSSIAN:
        words = [numbers_ru.cardinal(int(match["hours"]))]
        words += [numbers_ru.leading_zeros(part) for part in parts if part]
        return " ".join(words)
    words = [numbers_uz.cardinal(int(match["hours"]))]
    words += [numbers_uz.leading_zeros(part) for part in parts if part]
    return _to_script(" ".join(words), language)


def spell_plain(match: re.Match[str], language: NumberLanguage) -> str | None:
    """Any other number: 2024, 3,5, -7."""
    amount = read_amount(match["number"], uzbek=language is not NumberLanguage.RUSSIAN)
    if language is NumberLanguage.RUSSIAN:
        return _signed(match, _russian_plain(match, amount), 1)
    return _to_script(_signed(match, _uzbek_number(amount), 0), language)


def _uzbek_number(amount: Amount, exact: bool = False) -> str:
    if len(amount.whole) > LONGEST or (len(amount.whole) > 1 and amount.whole[0] == "0"):
        words = numbers_uz.digits(amount.whole)
        return f"{words} butun {numbers_uz.digits(amount.fraction)}" if amount.fraction else words
    if amount.fraction:
        return numbers_uz.decimal(amount.value, amount.fraction)
    return numbers_uz.exact(amount.value) if exact else numbers_uz.cardinal(amount.value)


def _russian_plain(match: re.Match[str], amount: Amount) -> str:
    form = cardinal_form(word_before(match), word_after(match))
    return _russian_number(amount, form)


def _russian_number(amount: Amount, form: Form = Form()) -> str:  # noqa: B008
    if len(amount.whole) > LONGEST or (len(amount.whole) > 1 and amount.whole[0] == "0"):
        words = numbers_ru.digits(amount.whole)
        return f"{words} целых {numbers_ru.digits(amount.fraction)}" if amount.fraction else words
    if amount.fraction:
        return numbers_ru.decimal(amount.value, amount.fraction)
    return numbers_ru.cardinal(amount.value, *form)


def _russian_counted(amount: Amount, noun: Noun, case: str) -> str:
    if amount.fraction:
        return f"{_russian_number(amount)} {noun.of_a_fraction()}"
    number = _russian_number(amount, Form(case, noun.gender))
    return f"{number} {noun.counted(int(amount.whole[-15:]), case)}"


def _signed(match: re.Match[str], words: str, language: int) -> str:
    sign = match["sign"]
    return f"{_SIGNS.get(sign, _PLUS)[language]} {words}" if sign else words


def _to_script(uzbek: str, language: NumberLanguage) -> str:
    return to_cyrillic(uzbek) if language is NumberLanguage.UZBEK_CYRILLIC else uzbek
