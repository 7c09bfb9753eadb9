"""Figures in words, against cases by hand, by other people, and by reading drawn ones back.

The cases of other people are the promises on the page of uztextnorm 0.6.0 (MIT) and the unit tests
of HaidarChaito/uzbek-automatic-speech-recognition, where the values are right for speech.
"""

import random

import pytest

from ovoz.text.pack import load_pack

from .figure_reader import russian_words, says, uzbek_words

PACK = load_pack("uz-ru")


@pytest.mark.parametrize(
    ("written", "transcript"),
    [
        ("25 ноября 2026 года", "двадцать пятое ноября две тысячи двадцать шестого года"),
        ("в 1990 году", "в тысяча девятьсот девяностом году"),
        ("к 2025 году", "к две тысячи двадцать пятому году"),
        ("-10°C", "minus oʻn daraja selsiy"),
        ("narxi 1.500.000 so'm", "narxi bir million besh yuz ming soʻm"),
        ("$1,500.50", "bir ming besh yuz dollar ellik sent"),
        ("10 кг олма", "oʻn kg olma"),
        ("5000so'm", "besh ming soʻm"),
        ("2024йилда", "ikki ming yigirma toʻrtinchi yilda"),
        ("5G internet", "besh g internet"),
        ("1 ta", "bitta"),
        ("1.5 mln $", "bir butun oʻndan besh million dollar"),
        ("90 123 45 67", "toʻqson bir yuz yigirma uch qirq besh oltmish yetti"),
        ("8 800 555 35 35", "sakkiz sakkiz yuz besh yuz ellik besh oʻttiz besh oʻttiz besh"),
        ("2-ой этаж", "второй этаж"),
        ("90-е годы", "девяностые годы"),
        ("1-chi sinf", "birinchi sinf"),
        ("2-si kerak", "ikkinchisi kerak"),
        ("5-ta kitob", "beshta kitob"),
        ("2024-da", "ikki ming yigirma toʻrtda"),
        ("XIХ аср", "oʻn toʻqqizinchi asr"),
        ("II jahon urushi", "ikkinchi jahon urushi"),
        ("2026 yil 25 noyabr", "ikki ming yigirma oltinchi yil yigirma beshinchi noyabr"),
    ],
)
def test_the_figures_that_were_found_wrong(written: str, transcript: str) -> None:
    assert PACK.canonical(written) == transcript


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("9 мая был праздник", "девятое мая был праздник"),
        ("до 100 рублей", "до ста рублей"),
        ("от 5 до 10 человек", "от пяти до десяти человек"),
        ("к 5 часам", "к пяти часам"),
        ("1 минута прошла", "одна минута прошла"),
        ("2 минуты и 21 минута", "две минуты и двадцать одна минута"),
        ("через 1 неделю", "через одну неделю"),
        ("2 книги, 2 дома, 1 окно", "две книги две дома одно окно"),
        ("о 5 книгах", "о пяти книгах"),
        ("с 2 детьми", "с двумя детьми"),
        ("с 5 по 9 мая", "с пятого по девятое мая"),
        ("к 9 мая", "к девятому мая"),
        ("25 ноября 2026", "двадцать пятое ноября две тысячи двадцать шестого"),
        ("в 1941-1945 годах", "в тысяча девятьсот сорок первом тысяча девятьсот сорок пятом годах"),
        ("в 2024 г. было", "в две тысячи двадцать четвертом году было"),
        ("5 июня 2024 г.", "пятое июня две тысячи двадцать четвертого года"),
        ("в 2000 году", "в двухтысячном году"),
        ("в 90-х годах", "в девяностых годах"),
        ("5-летний мальчик", "пятилетний мальчик"),
        ("24-часовой день", "двадцатичетырехчасовой день"),
        ("около 20 метров от дома", "около двадцати метров от дома"),
        ("по 25 часов в сутки", "по двадцать пять часов в сутки"),
        ("2 тонны", "две тонны"),
        ("С годами чувства крепнут", "с годами чувства крепнут"),
        ("2-х комнатная квартира", "двухкомнатная квартира"),
        ("3-х дней", "трех дней"),
        ("3-е место", "третье место"),
        ("1-я линия", "первая линия"),
        ("21 числа", "двадцать первого числа"),
        ("№5 maktab", "raqam besh maktab"),
        ("№ 5 школа", "номер пять школа"),
        ("1/2 qism", "yarim qism"),
        ("3/4 часть", "три четвертых часть"),
        ("2 3/4", "ikki butun toʻrtdan uch"),
        (
            "г. Ташкент, ул. Навои, д. 5, кв. 12",
            "город ташкент улица навои дом пять квартира двенадцать",
        ),
        ("площадь 20 кв.м", "площадь двадцать квадратных метров"),
        ("maydoni 20 kv.m", "maydoni yigirma kvadrat metr"),
        ("60 км/ч", "шестьдесят километров в час"),
        ("+5°C", "plus besh daraja selsiy"),
        ("температура -10°C", "температура минус десять градусов цельсия"),
        ("25.000 so'm", "yigirma besh ming soʻm"),
        ("1.500 so'm", "bir ming besh yuz soʻm"),
        ("10,000 so'm", "oʻn ming soʻm"),
        ("стоит 2,50 ₽", "стоит два рубля пятьдесят копеек"),
        ("€100", "yuz yevro"),
        ("100 USD", "yuz dollar"),
        ("8 (900) 123-45-67", "sakkiz toʻqqiz yuz bir yuz yigirma uch qirq besh oltmish yetti"),
        (
            "+998(90)123-45-67",
            "toʻqqiz yuz toʻqson sakkiz toʻqson bir yuz yigirma uch qirq besh oltmish yetti",
        ),
        ("90-123-45-67", "toʻqson bir yuz yigirma uch qirq besh oltmish yetti"),
        ("71 200 70 07", "yetmish bir ikki yuz yetmish nol yetti"),
        ("тел. 90 123 45 67", "телефон девяносто сто двадцать три сорок пять шестьдесят семь"),
        ("telefon 901234567", "telefon toʻqson bir yuz yigirma uch qirq besh oltmish yetti"),
        ("XIX–XX вв.", "девятнадцатый двадцатый века"),
        ("в XX в.", "в двадцатом веке"),
        ("ХХ аср", "йигирманчи аср"),
        ("II мировая война", "вторая мировая война"),
        ("во II квартале", "во втором квартале"),
        ("VI sinf", "oltinchi sinf"),
        ("XXL futbolka", "xxl futbolka"),
        ("II", "ikki"),
        ("4 марта калтакланган", "тўрт марта калтакланган"),
        ("4 марта был праздник", "четвертое марта был праздник"),
        ("CD disk", "cd disk"),
        ("2020-2024-yillar", "ikki ming yigirmanchi ikki ming yigirma toʻrtinchi yillar"),
        ("1500 yillik tarix", "ming besh yuz yillik tarix"),
        (
            "2025-2026 oʻquv yili",
            "ikki ming yigirma beshinchi ikki ming yigirma oltinchi oʻquv yili",
        ),
        ("40 ga, 50 ga", "qirqqa ellikka"),
        ("3-nchi bosqich", "uchinchi bosqich"),
        ("4K video", "toʻrt k video"),
        ("10kg", "oʻn kg"),
        ("12:30:45", "oʻn ikki oʻttiz qirq besh"),
        ("1.2.3", "bir ikki uch"),
        ("007", "nol nol yetti"),
        ("т.к. он, т. е. она и т. д.", "так как он то есть она и так далее"),
        ("8-март", "саккизинчи март"),
        ("2026-йил", "икки минг йигирма олтинчи йил"),
        ("5 минг сўм", "беш минг сўм"),
        ("5 г сахара", "пять граммов сахара"),
        ("500 г.", "пятьсот граммов"),
        ("1-2-sinflar", "birinchi ikkinchi sinflar"),
        ("186 168-moddasi", "yuz sakson olti ming yuz oltmish sakkizinchi moddasi"),
        ("1- xaridning qiymati", "birinchi xaridning qiymati"),
        ("5 % ini", "besh foizini"),
        ("7,204 donani", "yetti ming ikki yuz toʻrt donani"),
        ("1,234 кг весит", "одна целая двести тридцать четыре тысячных килограмма весит"),
        ("17-18-mart kunlari", "oʻn yettinchi oʻn sakkizinchi mart kunlari"),
    ],
)
def test_figures_of_the_same_kinds(written: str, spoken: str) -> None:
    assert PACK.normalize(written) == spoken


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("9,8%", "toʻqqiz butun oʻndan sakkiz foiz"),
        ("15 mart", "oʻn beshinchi mart"),
        ("2,500 $", "ikki ming besh yuz dollar"),
        ("A350", "a uch yuz ellik"),
        (
            "В 2024 году выручка выросла на 15% и составила 1 250 000 сум.",
            "в две тысячи двадцать четвертом году выручка выросла на пятнадцать процентов "
            "и составила один миллион двести пятьдесят тысяч сум",
        ),
        ("pul massasi 344,6 trln so'm", "pul massasi uch yuz qirq toʻrt butun oʻndan olti "
                                        "trillion soʻm"),
        ("taxminan 136,390 yevro", "taxminan bir yuz oʻttiz olti ming uch yuz toʻqson yevro"),
        ("narxi 6 100 $ dan tushgan", "narxi olti ming bir yuz dollardan tushgan"),
        ("kursi -3,4 % ga", "kursi minus uch butun oʻndan toʻrt foizga"),
        ("gpt-3.5 modelini", "gpt uch butun oʻndan besh modelini"),
        ("ko‘chadagi 41A-uy", "koʻchadagi qirq bir a uy"),
        ("10 500 050-15 005 000ta", "oʻn million besh yuz ming ellik oʻn besh million besh mingta"),
        ("1,001 ta", "ming bitta"),
        ("- 10-15ta", "oʻn oʻn beshta"),
        (
            "-10 000.707 - 15 000.907 so'm",
            "minus oʻn ming butun mingdan yetti yuz yetti oʻn besh ming butun mingdan toʻqqiz yuz "
            "yetti soʻm",
        ),
        ("1.234,567ta", "ming ikki yuz oʻttiz toʻrt butun mingdan besh yuz oltmish yettita"),
        ("-25-uy", "yigirma beshinchi uy"),
        ("-5-ta", "minus beshta"),
        ("narx: 10,000 so'm; 15% oshdi", "narx oʻn ming soʻm oʻn besh foiz oshdi"),
        ("XXI asr", "yigirma birinchi asr"),
    ],
)  # fmt: skip
def test_cases_of_other_people(written: str, spoken: str) -> None:
    assert PACK.normalize(written) == spoken


@pytest.mark.parametrize(
    "text", ["1" * 20_000, "1 " * 10_000, "1." * 10_000, "a'" * 10_000, "XIV " * 5_000]
)
def test_a_long_line_is_read(text: str) -> None:
    assert not any(letter.isdecimal() for letter in PACK.canonical(text))


SPACE, POINT, COMMA = " ", ".", ","


def _grouped(number: int, mark: str) -> str:
    return f"{number:,}".replace(",", mark)


def _draw_uzbek(draw: random.Random) -> tuple[str, list[int]]:
    number = int(10 ** draw.uniform(0, 11.9))
    day, month, year = draw.randint(1, 28), draw.randint(1, 12), draw.randint(1900, 2099)
    groups = [
        draw.randint(20, 99),
        draw.randint(100, 999),
        draw.randint(0, 99),
        draw.randint(0, 99),
    ]
    a, b, c, d = groups
    month_name = UZBEK_MONTHS[month - 1]
    return draw.choice(
        [
            (f"{number} kishi keldi", [number]),
            (f"{_grouped(number, SPACE)} ta kitob", [number]),
            (f"-{number} daraja edi", [-1, number]),
            (f"narxi {_grouped(number, draw.choice([SPACE, POINT, COMMA]))} so'm", [number]),
            (f"narxi ${number}.{a}", [number, a]),
            (f"{day}-{month_name} kuni keldi", [day]),
            (f"{year} yil {day} {month_name}", [year, day]),
            (f"{day:02}.{month:02}.{year} kuni keldi", [year, day]),
            (f"{a} {b} {c:02} {d:02} ga yozing", [a, b, *_read_group(c), *_read_group(d)]),
            (f"+998{a}{b}{c:02}{d:02} raqami", [998, a, b, *_read_group(c), *_read_group(d)]),
        ]
    )


def _draw_russian(draw: random.Random) -> tuple[str, list[int]]:
    number = int(10 ** draw.uniform(0, 11.9))
    day, year = draw.randint(1, 31), draw.randint(1900, 2099)
    a, b, c, d = (
        draw.randint(20, 99),
        draw.randint(100, 999),
        draw.randint(0, 99),
        draw.randint(0, 99),
    )
    preposition, month = draw.choice(["с", "до", "к", "на", ""]), draw.choice(RUSSIAN_MONTHS)
    return draw.choice(
        [
            (f"пришло {number} человек", [number]),
            (f"стоит {_grouped(number, SPACE)} рублей", [number]),
            (f"температура была -{number}°C", [-1, number]),
            (f"стоит {number} ₽", [number]),
            (f"{preposition} {day} {month} {year} года", [day, year]),
            (f"работали в {year} году", [year]),
            (f"к {year} году построили", [year]),
            (f"{day}-го числа", [day]),
            (f"звоните 8 ({b}) {b}-{c:02}-{d:02}", [8, b, b, *_read_group(c), *_read_group(d)]),
            (f"телефон был {a} {b} {c:02} {d:02}", [a, b, *_read_group(c), *_read_group(d)]),
        ]
    )


UZBEK_MONTHS = (
    "yanvar", "fevral", "mart", "aprel", "may", "iyun", "iyul", "avgust", "sentabr", "oktabr",
    "noyabr", "dekabr",
)  # fmt: skip
RUSSIAN_MONTHS = (
    "января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября",
    "октября", "ноября", "декабря",
)  # fmt: skip


def _read_group(pair: int) -> list[int]:
    """A pair of digits as it is heard: 05 is nought, five; 00 nought, nought."""
    return [pair] if pair > 9 else [0, pair]


def _wrong(count: int, seed: int) -> list[tuple[str, str]]:
    draw, wrong = random.Random(seed), []
    for number in range(count):
        make, read = (_draw_uzbek, uzbek_words) if number % 2 else (_draw_russian, russian_words)
        written, said = make(draw)
        spoken = PACK.normalize(written)
        if not says(read(spoken), said):
            wrong.append((written, spoken))
    return wrong


def test_drawn_figures_read_back() -> None:
    assert not _wrong(2_000, seed=1)


def test_the_reader_hears_what_is_wrong() -> None:
    assert says(uzbek_words("toʻqson bir yuz yigirma uch"), [90, 123])
    assert not says(uzbek_words("toʻqson yuz yigirma toʻrt"), [90, 123])
    assert not says(russian_words("двадцать пять ноль шесть"), [25, 6])


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_hundred_thousand_drawn_figures_read_back() -> None:
    assert not _wrong(100_000, seed=2)
