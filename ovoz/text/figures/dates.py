"""Dates and years, whose numbers are ordinals in both languages."""

import re
from typing import Final

from ovoz.text import numbers_ru, numbers_uz
from ovoz.text.figures.grammar_ru import ordinal_case, word_before
from ovoz.text.number_language import NumberLanguage
from ovoz.text.transliteration import to_cyrillic

MONTHS_UZ: Final = (
    "yanvar", "fevral", "mart", "aprel", "may", "iyun", "iyul", "avgust", "sentabr", "oktabr",
    "noyabr", "dekabr",
)  # fmt: skip
MONTHS_RU: Final = (
    "января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября",
    "октября", "ноября", "декабря",
)  # fmt: skip
_MONTHS_CYRILLIC: Final = "январ|феврал|март|апрел|май|июн|июл|август|сентябр|октябр|ноябр|декабр"
_RANGE: Final = r"\s?[-–—]\s?"
_GAP: Final = r"[ \u00a0\u202f]?"

NUMERIC_DATE: Final = re.compile(
    r"(?<![\d.,/-])(?:(?P<day>\d{1,2})(?P<mark>[./])(?P<month>\d{1,2})(?P=mark)(?P<year>\d{4})"
    r"|(?P<iso_year>\d{4})-(?P<iso_month>\d{2})-(?P<iso_day>\d{2}))(?![\d./-]*\d)"
    rf"(?:{_GAP}(?:г\.|года\b))?"
)
RUSSIAN_DATE: Final = re.compile(
    rf"(?<![\d.,:])(?:(?P<first>\d{{1,2}})(?:{_RANGE}|\s(?P<to>по|до|и)\s))?(?P<day>\d{{1,2}})"
    rf"(?:-(?:го|е|му|ое|ого))?{_GAP}-?(?P<month>{'|'.join(MONTHS_RU)})\b"
    rf"(?:\s(?P<year>\d{{4}})(?!\d)(?P<of_year>{_GAP}(?:года\b|г\.?(?!\w)))?)?",
    re.IGNORECASE,
)
UZBEK_DATE: Final = re.compile(
    rf"(?<![\d.,:])(?P<day>\d{{1,2}}){_GAP}-?"
    rf"(?=(?:(?:{'|'.join(MONTHS_UZ)}|sentyabr|oktyabr)[a-zʻʼ]{{0,8}}"
    rf"|(?:{_MONTHS_CYRILLIC})ь?(?:да|дан|га|нинг|ни|дек|гача|даги|и|ида|идан|лар)?)(?![^\W_]))",
    re.IGNORECASE,
)
RUSSIAN_YEAR: Final = re.compile(
    rf"(?<![\d.,])(?:(?P<first>\d{{3,4}})(?:{_RANGE}|\s(?P<to>и|по|до)\s))?(?P<year>\d{{3,4}})"
    rf"(?:-(?:й|го|му|м))?{_GAP}(?P<noun>году|годом|годе|года|годы|годов|годам|годах|годами|год"
    r"|гг\.?|г\.)(?!\w)"
)
UZBEK_YEAR: Final = re.compile(
    rf"(?<![\d.,])(?:(?P<first>\d{{4}})(?:{_RANGE}|/))?(?P<year>\d{{4}})(?P<gap>{_GAP}-?{_GAP})"
    r"(?P<noun>(?:(?:oʻquv|ўқув)\s)?(?:yil|йил)[^\W\d_]{0,14}|y\.|й\.)(?!\w)"
    r"(?!\s(?:oldin|avval|muqaddam|ichida|davomida|yashagan|олдин|аввал|муқаддам|ичида|давомида))"
)
BARE_YEAR: Final = re.compile(r"(?<=\bв\s)(?P<year>1[89]\d\d|20\d\d)(?=\s*(?:$|[.,;:!?)]))", re.I)
_CASE_OF_YEAR: Final = {
    "года": ("g", "m"), "годом": ("i", "m"), "годе": ("p", "m"), "годы": ("n", "p"),
    "годов": ("g", "p"), "годам": ("d", "p"), "годах": ("p", "p"), "годами": ("i", "p"),
}  # fmt: skip
_NOUN_OF_CASE: Final = {"g": "года", "d": "году", "p": "году", "n": "год", "a": "год"}


def spell_numeric_date(match: re.Match[str], language: NumberLanguage) -> str | None:
    """12.05.2026 and 2026-05-12; None for what is no date, as 32.13.2026."""
    day, month = int(match["day"] or match["iso_day"]), int(match["month"] or match["iso_month"])
    year = int(match["year"] or match["iso_year"])
    if not (1 <= day <= 31 and 1 <= month <= 12):
        return None
    if language is NumberLanguage.RUSSIAN:
        of_day = numbers_ru.ordinal(day, ordinal_case(word_before(match)), "n")
        return f"{of_day} {MONTHS_RU[month - 1]} {numbers_ru.ordinal(year, 'g')} года"
    words = f"{numbers_uz.ordinal(year)} yil {numbers_uz.ordinal(day)} {MONTHS_UZ[month - 1]}"
    return _to_script(words, language)


def spell_russian_date(match: re.Match[str], language: NumberLanguage) -> str | None:
    """25 ноября 2026 года, с 5 по 9 мая: days in the case of the preposition, the year's."""
    day = int(match["day"])
    if not 1 <= day <= 31:
        return None
    if language is not NumberLanguage.RUSSIAN and match["month"].lower() == "марта":
        return None  # Uzbek: 4 марта, four times
    case = ordinal_case(word_before(match))
    words = [match["month"].lower()]
    if match["first"]:
        second = {"по": "a", "до": "g"}.get(match["to"], case)
        days = [numbers_ru.ordinal(int(match["first"]), case, "n"), match["to"] or ""]
        words = [*days, numbers_ru.ordinal(day, second, "n"), *words]
    else:
        words = [numbers_ru.ordinal(day, case, "n"), *words]
    if match["year"]:
        words.append(numbers_ru.ordinal(int(match["year"]), "g"))
        words += ["года"] if match["of_year"] else []
    return " ".join(filter(None, words))


def spell_uzbek_date(match: re.Match[str], _: NumberLanguage) -> str | None:
    """25 noyabr, 9 май: the day before the name of a month."""
    day = int(match["day"])
    if not 1 <= day <= 31:
        return None
    cyrillic = match.string[match.end()] >= "Ѐ"
    words = numbers_uz.ordinal(day)
    return f"{to_cyrillic(words) if cyrillic else words} "


def spell_russian_year(match: re.Match[str], _: NumberLanguage) -> str | None:
    """В 1990 году, 1941–1945 гг.: the case is that of the noun, or of the preposition."""
    noun, before = match["noun"].rstrip("."), word_before(match)
    if len(match["year"]) < 4 and (noun not in ("году", "годом") or match["first"]):
        return None
    if noun in _CASE_OF_YEAR:
        case, gender = _CASE_OF_YEAR[noun]
    elif noun == "гг":
        case, gender = ordinal_case(before, locative=True), "p"
        noun = {"g": "годов", "d": "годам", "p": "годах"}.get(case, "годы")
    else:
        case, gender = ordinal_case(before, locative=noun != "год"), "m"
        if noun == "году" and case not in "dp":
            case = "d" if before == "по" else "p"
        if noun == "г":
            case = "g" if before in MONTHS_RU else case
            noun = _NOUN_OF_CASE[case]
    if not match["first"]:
        return f"{numbers_ru.ordinal(int(match['year']), case, gender)} {noun}"
    second = {"по": "a", "до": "g"}.get(match["to"], case)
    gender = "m" if gender == "p" else gender
    first = numbers_ru.ordinal(int(match["first"]), case, gender)
    last = numbers_ru.ordinal(int(match["year"]), second, gender)
    return f"{first} {match['to'] or ''} {last} {noun}"


def spell_bare_year(match: re.Match[str], _: NumberLanguage) -> str | None:
    """В 1990, at the end of a clause."""
    return numbers_ru.ordinal(int(match["year"]), "p")


def spell_uzbek_year(match: re.Match[str], _: NumberLanguage) -> str | None:
    """2026 yil, 2024йилда, 2020–2024-yillar; not 1500 yillik tarix, which counts years."""
    noun, year = match["noun"].lower(), int(match["year"])
    counts = noun.startswith(("yillik", "йиллик")) or not 1000 <= year <= 2999
    if counts and "-" not in match["gap"]:
        return None
    noun = {"y.": "yil", "й.": "йил"}.get(noun, noun)
    years = [match["first"], match["year"]] if match["first"] else [match["year"]]
    words = " ".join(numbers_uz.ordinal(int(number)) for number in years)
    return f"{to_cyrillic(words) if noun[0] >= 'Ѐ' else words} {noun}"


def _to_script(uzbek: str, language: NumberLanguage) -> str:
    return to_cyrillic(uzbek) if language is NumberLanguage.UZBEK_CYRILLIC else uzbek
