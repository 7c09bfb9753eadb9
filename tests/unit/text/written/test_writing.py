"""A transcript as its reader wants it."""

import pytest

from ovoz.text.language import Language
from ovoz.text.written.redaction import RedactionKind
from ovoz.text.written.script import Script
from ovoz.text.written.writing import Writing, WritingError, write

TEXT = "salom telefonim toʻqson bir yuz yigirma uch qirq besh oltmish yetti завтра приеду"
SPOKEN = TEXT.split()
BOTH = {Language.UZBEK, Language.RUSSIAN}
PAUSES = [0.0] * (len(SPOKEN) - 3) + [0.9, 0.1, 0.0]


@pytest.mark.parametrize(
    ("writing", "text"),
    [
        (Writing(), "Salom telefonim 91 123 45 67. Завтра приеду."),
        (Writing(script=Script.LATIN), "Salom telefonim 91 123 45 67. Zavtra priyedu."),
        (
            Writing(redact=frozenset({RedactionKind.TELEPHONE})),
            "Salom telefonim [telephone]. Завтра приеду.",
        ),
        (Writing(figures=False, sentences=False), " ".join(SPOKEN)),
    ],
)
def test_the_reader_chooses(writing: Writing, text: str) -> None:
    assert write(SPOKEN, BOTH, PAUSES, writing).form.text == text


def test_nothing_said_is_nothing_written() -> None:
    assert write([], set(), [], Writing()).form.text == ""


def test_other_languages_have_no_written_form() -> None:
    with pytest.raises(WritingError, match="vi"):
        write(["xin", "chào"], {Language.VIETNAMESE}, [0.0, 0.0], Writing())


def test_each_word_has_its_pause() -> None:
    with pytest.raises(ValueError, match="pauses"):
        write(["salom"], BOTH, [], Writing())
