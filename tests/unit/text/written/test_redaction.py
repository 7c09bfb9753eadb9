"""What must not be read is removed, in whatever groups it was said."""

import random

import pytest

from ovoz.text import numbers_ru, numbers_uz
from ovoz.text.written.figures import write_figures
from ovoz.text.written.redaction import RedactionKind, has_luhn_digit, redact

ALL = frozenset(RedactionKind)


@pytest.mark.parametrize(
    ("spoken", "written"),
    [
        ("telefonim toʻqson bir yuz yigirma uch qirq besh oltmish yettiga yozing",
         "telefonim [telephone] yozing"),
        ("pasport a a bir ikki uch toʻrt besh olti yetti edi", "pasport [passport] edi"),
        ("yigirma beshinchi yanvar ming toʻqqiz yuz toʻqson birinchi yilda tugʻilganman",
         "[birth_date] tugʻilganman"),
        ("pochtam ivan собака mail точка ru yozing", "pochtam [email] yozing"),
        ("инн триста один двести два четыреста три", "инн [inn]"),
        ("narxi besh million ikki yuz ming soʻm", "narxi 5 200 000 soʻm"),
    ],
)  # fmt: skip
def test_each_kind_is_removed(spoken: str, written: str) -> None:
    redacted = redact(write_figures(spoken.split()), ALL)
    assert redacted.form.text == written


def test_only_what_is_asked_for_is_removed() -> None:
    spoken = "toʻqson bir yuz yigirma uch qirq besh oltmish yetti ivan собака mail точка ru"
    redacted = redact(write_figures(spoken.split()), {RedactionKind.EMAIL})
    assert redacted.form.text == "91 123 45 67 [email]"
    assert [removal.kind for removal in redacted.removals] == [RedactionKind.EMAIL]


def test_drawn_cards_are_removed_in_any_grouping() -> None:
    draw = random.Random(0)
    for _ in range(60):
        digits = "".join(draw.choices("0123456789", k=15))
        card = next(digits + last for last in "0123456789" if has_luhn_digit(digits + last))
        numbers = draw.choice((numbers_uz, numbers_ru))
        said, at = [], 0
        while at < 16:
            length = draw.choice((1, 2, 3, 4))
            said += numbers.leading_zeros(card[at : at + length]).split()
            at += length
        redacted = redact(write_figures(["raqam", *said, "deb"]), {RedactionKind.CARD})
        assert redacted.form.text in ("raqam [card] deb", "raqam [number] deb")
        assert not set(said) & set(redacted.form.words)


def test_a_misheard_digit_does_not_show_the_rest() -> None:
    misheard = "sakson olti nol nol oʻn ikki oʻttiz toʻrt ellik olti yetmish toʻqson oʻn ikki"
    said = misheard.split()
    redacted = redact(write_figures(said), {RedactionKind.CARD})
    assert redacted.form.text == "[number]"
    assert [removal.kind for removal in redacted.removals] == [RedactionKind.NUMBER]


def test_a_misheard_word_inside_does_not_show_the_rest() -> None:
    said = "karta sakson olti nol nol va oʻttiz toʻrt ellik olti shu sakkiz toʻqson oʻn ikki edi"
    redacted = redact(write_figures(said.split()), {RedactionKind.CARD})
    assert redacted.form.text == "karta [number] edi"


def test_sums_and_dates_side_by_side_stay() -> None:
    said = (
        "besh million soʻm ikki ming dollar ikki ming yigirma oltinchi yil yigirma beshinchi mart"
    )
    form = write_figures(said.split())
    assert redact(form, ALL).form == form
