"""Dates, money, abbreviations, Roman numerals and Russian ordinals, against readings by hand."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ovoz.text.pack import load_pack

PACK = load_pack("uz-ru")


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("12.05.2026 kuni", "ikki ming yigirma oltinchi yil oʻn ikkinchi may kuni"),
        ("2026-11-01 da", "ikki ming yigirma oltinchi yil birinchi noyabr da"),
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
def test_reading(written: str, spoken: str | None) -> None:
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
