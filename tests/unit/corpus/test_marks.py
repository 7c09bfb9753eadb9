"""Marks that transcribers put into texts, and that nobody speaks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovoz.corpus.marks import remove_marks


@pytest.mark.parametrize(
    ("transcript", "spoken", "marks"),
    [
        ("salom [noise] dunyo", "salom dunyo", ("noise",)),
        ("[смех] ha {laugh}", "ha", ("noise",)),
        ("(смех) да", "да", ("noise",)),
        ("♪ la la ♪", "la la", ("noise",)),
        ("<b>salom</b> &amp; xayr", "salom & xayr", ("entity", "tag")),
        ("Operator 1: salom", "salom", ("label",)),
        ("Спикер 2: привет", "привет", ("label",)),
        ("<v Anna>salom", "salom", ("label",)),
        ("1\n00:00:01,000 --> 00:00:03,500\nSalom dunyo", "Salom dunyo", ("time",)),
        ("[00:12] salom", "salom", ("time",)),
    ],
)
def test_marks_are_taken_out_and_named(transcript, spoken, marks) -> None:
    found = remove_marks(transcript)
    assert (found.text, found.marks, found.unheard) == (spoken, marks, "")


@pytest.mark.parametrize(
    "transcript",
    ["где <unk> заказ", "он (неразборчиво) ушёл", "gap *** bor", "[inaudible]", "[нрзб]"],
)
def test_transcripts_that_leave_words_out_are_incomplete(transcript) -> None:
    assert remove_marks(transcript).unheard


@pytest.mark.parametrize(
    "transcript",
    [
        "oʻgʻil (qiz) bola",
        "soat 12:30 da",
        "3 < 5 > 2",
        "Savol: nima?",
        "AT&T; x",
        "a & b",
        " ikki  ",
    ],
)
def test_what_is_spoken_stays_as_it_is(transcript) -> None:
    assert remove_marks(transcript).text == transcript


@given(st.text())
def test_marks_are_gone_at_once(text) -> None:
    once = remove_marks(text)
    assert once.marks or once.text == text
