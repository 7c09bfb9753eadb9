"""Dates, money, abbreviations, Roman numerals and Russian ordinals, against texts by hand."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ovoz.text.pack import load_pack

PACK = load_pack("uz-ru")


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("12.05.2026 kuni", "ikki ming yigirma oltinchi yil oʻn ikkinchi may kuni"),
        # a figure is read as what it counts, in whatever company it stands
        ("Bizga 5 товаров kerak", "bizga пять товаров kerak"),
        ("Завтра в 15:00 uchrashamiz", "завтра в пятнадцать ноль ноль uchrashamiz"),
        ("У нас 25 дней, 3 kun oʻtdi", "у нас двадцать пять дней uch kun oʻtdi"),
        ("iPhone 15 oldim", "iphone oʻn besh oldim"),
        ("Samsung 25 купил", "samsung двадцать пять купил"),
        # a suffix apart is still the figure's, and Uzbek
        ("код 1234 ni ayting", "код ming ikki yuz oʻttiz toʻrtni ayting"),
        ("Narxi 50% ga tushdi", "narxi ellik foizga tushdi"),
        ("у нас 5 да и хватит", "у нас пять да и хватит"),
        # telephone numbers are read in groups, however they are spaced
        (
            "+998 90 123 45 67 ga yozing",
            "toʻqqiz yuz toʻqson sakkiz toʻqson bir yuz yigirma uch qirq besh oltmish yettiga "
            "yozing",
        ),
        (
            "+998901234567ga yozing",
            "toʻqqiz yuz toʻqson sakkiz toʻqson bir yuz yigirma uch qirq besh oltmish yettiga "
            "yozing",
        ),
        (
            "позвоните +79012345678",
            "позвоните семь девятьсот один двести тридцать четыре пятьдесят шесть семьдесят восемь",
        ),
        ("2026-11-01 da", "ikki ming yigirma oltinchi yil birinchi noyabrda"),
        ("встреча 12.05.2026", "встреча двенадцатое мая две тысячи двадцать шестого года"),
        ("ҳисоб 01.03.2025", "ҳисоб икки минг йигирма бешинчи йил биринчи март"),
        ("narxi 100$", "narxi yuz dollar"),
        ("narxi $25 000", "narxi yigirma besh ming dollar"),
        ("стоит 2$", "стоит два доллара"),
        ("стоит 100 ₽", "стоит сто рублей"),
        ("стоит 5 тыс. руб.", "стоит пять тысяч рублей"),
        ("3 млн сум", "три миллиона сум"),
        ("5 mln soʻm", "besh million soʻm"),
        ("kitob, daftar va h.k.", "kitob daftar va hokazo"),
        ("то есть, т.е. завтра и т.д.", "то есть то есть завтра и так далее"),
        ("XXI asr", "yigirma birinchi asr"),
        ("в XIX веке", "в девятнадцатом веке"),
        ("5-й этаж", "пятый этаж"),
        ("до 3-го числа", "до третьего числа"),
        ("10.5 kilogramm", "oʻn butun oʻndan besh kilogramm"),
        ("32.13.2026 raqami", None),
    ],
)
def test_expansion_and_spelling(written: str, spoken: str | None) -> None:
    read = PACK.normalize(written)
    assert not any(letter.isdecimal() for letter in read)
    if spoken is not None:
        assert read == spoken


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["12.05.2026", "$5", "100 ₽", "т.е.", "XXI asr", "5-й", "mln", "soʻm", "рубль", "ҳисоб"]
        ),
        max_size=6,
    ).map(" ".join)
)
def test_normalization_stays_idempotent(text: str) -> None:
    once = PACK.normalize(text)
    assert PACK.normalize(once) == once


@pytest.mark.parametrize(
    ("written", "transcript"),
    [
        ("zavtra pridu v 5 chasov", "завтра приду в пять часов"),
        ("Менга 25 та китоб керак", "menga yigirma beshta kitob kerak"),
        (
            "12.05.2024 да туғилган",
            "ikki ming yigirma toʻrtinchi yil oʻn ikkinchi mayda tugʻilgan",
        ),
    ],
)
def test_figures_of_other_scripts_in_the_transcript(written: str, transcript: str) -> None:
    assert PACK.canonical(written) == transcript
