"""Figures written from spoken words, by hand and by speaking drawn ones."""

import random

import pytest

from ovoz.text import numbers_ru, numbers_uz
from ovoz.text.pack import load_pack
from ovoz.text.written.figures import write_figures

PACK = load_pack("uz-ru")
WORDS = (
    "nol bir besh oʻn yigirma yuz ming million beshinchi oʻnta ellikka butun oʻndan yil yanvar "
    "foiz soat plus asr kitob в два двадцать пятого сто тысяча целых десятых рублей процентов"
)


@pytest.mark.parametrize(
    ("spoken", "written"),
    [
        ("yigirma besh ming soʻm", "25 000 soʻm"),
        ("ikki ming yigirma oltinchi yilda", "2026-yilda"),
        ("yigirma beshinchi yanvarda", "25-yanvarda"),
        ("beshinchi sinf", "5-sinf"),
        ("yigirma birinchi asr", "XXI asr"),
        ("oʻn beshta kitob", "15 ta kitob"),
        ("ellik mingga yaqin", "50 000 ga yaqin"),
        ("ellik foiz", "50%"),
        ("uch butun oʻndan besh foiz", "3,5 foiz"),
        ("bir butun oʻndan besh million soʻm", "1,5 million soʻm"),
        ("narxi besh million soʻm", "narxi 5 million soʻm"),
        ("soat yigirma ikki oʻttizda boshlanadi", "soat 22:30 da boshlanadi"),
        ("oʻn oʻn besh kishi keldi", "10-15 kishi keldi"),
        ("yuztadan oʻnta odam", "100 tadan 10 ta odam"),
        ("besh yigirma ellik soʻmlik", "besh 20 50 soʻmlik"),
        ("ikki ming sakkiz ikki ming yetti yoʻq", "2008 2007 yoʻq"),
        ("soat yigirma ikki nol noldan olti nol nolga", "soat 22:00 dan 6:00 ga"),
        ("qoʻnish vaqti nol ellik besh", "qoʻnish vaqti 00:55"),
        ("toʻrt trillion soʻm", "4 trillion soʻm"),
        ("bir milliard ikki yuz million soʻm", "1 milliard 200 million soʻm"),
        ("один миллиард двести миллионов рублей", "1 миллиард 200 миллионов рублей"),
        ("по двадцать пять часов", "по 25 часов"),
        ("bir oʻn besh kishi", "bir 15 kishi"),
        ("двадцать пятого января две тысячи двадцать шестого года", "25 января 2026 года"),
        ("двадцать второй человек", "22-й человек"),
        ("второй этаж", "2-й этаж"),
        ("сто двадцать пять рублей", "125 рублей"),
        ("двадцать пять процентов людей", "25% людей"),
        ("три целых пять десятых процента", "3,5 процента"),
        ("в пятнадцать тридцать пришли", "в 15:30 пришли"),
        ("двадцатого января ikki yuz dollar berdim", "20 января 200 dollar berdim"),
        (
            "plus toʻqqiz yuz toʻqson sakkiz toʻqson uch bir yuz yigirma uch qirq besh oltmish",
            "+998 93 123 45 60",
        ),
        (
            "sakson olti nol nol oʻn ikki oʻttiz toʻrt ellik olti yetmish sakkiz toʻqson oʻn ikki",
            "8600 1234 5678 9012",
        ),
    ],
)
def test_numbers_become_figures(spoken: str, written: str) -> None:
    text = write_figures(spoken.split())
    assert text.text == written
    assert text.spoken == spoken


@pytest.mark.parametrize(
    "spoken",
    [
        "bir kuni",
        "один раз",
        "beshta olma",
        "birinchi marta",
        "birinchi kuni",
        "ming rahmat",
        "yuzi qizardi yuziga qaradi yuzga tushdi",
        "chet ellik mehmon",
        "oʻnlab odam yuzlab odam",
        "besh olti kishi",
        "million dollar",
        "сто лет",
        "yetti yuz sakkiz yuz ming dollar",
        "",
    ],
)
def test_numbers_that_are_words_stay_words(spoken: str) -> None:
    assert write_figures(spoken.split()).text == spoken


def test_drawn_numbers_are_spoken_as_they_were() -> None:
    draw = random.Random(3)
    for _ in range(150):
        number = draw.randrange(10 ** draw.randint(1, 9))
        said = draw.choice(
            (
                f"u yerda {numbers_uz.cardinal(number)} kishi bor edi",
                f"там было {numbers_ru.cardinal(number)} человек всего",
            )
        )
        written = write_figures(said.split())
        assert written.spoken == said
        assert PACK.canonical(written.text) == said


def test_any_order_of_number_words_keeps_the_spoken_words() -> None:
    draw = random.Random(5)
    words = WORDS.split()
    for _ in range(150):
        said = draw.choices(words, k=draw.randint(1, 14))
        assert write_figures(said).spoken == " ".join(said)
