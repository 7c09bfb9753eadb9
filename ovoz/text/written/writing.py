"""Writes a spoken transcript as its reader wants it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from ovoz.text.language import Language
from ovoz.text.written.figures import write_figures
from ovoz.text.written.redaction import RedactedForm, RedactionKind, redact
from ovoz.text.written.script import Script, write_in_script
from ovoz.text.written.sentences import write_sentences
from ovoz.text.written.tokens import as_spoken

_KNOWN: Final = frozenset((Language.UZBEK, Language.RUSSIAN, Language.MIXED, Language.OTHER))


@dataclass(frozen=True, slots=True)
class Writing:
    """What a reader wants.

    Attributes:
        figures: Figures for numbers.
        sentences: Full stops at pauses and capitals after them.
        script: The script of the answer.
        redact: What must not be read.
    """

    figures: bool = True
    sentences: bool = True
    script: Script = Script.CANONICAL
    redact: frozenset[RedactionKind] = frozenset()

    @property
    def changes_nothing(self) -> bool:
        """Whether the spoken form is wanted."""
        return self == SPOKEN


SPOKEN: Final = Writing(figures=False, sentences=False)
"""The words as they were said."""


class WritingError(ValueError):
    """A transcript in a language that has no written form; the message names it."""


def check_languages(languages: Collection[Language]) -> None:
    """Make sure that there is a written form.

    Raises:
        WritingError: A language has none.
    """
    if unknown := sorted(set(languages) - _KNOWN):
        raise WritingError(
            "the written form and redaction are for Uzbek and Russian, the transcript has"
            f" {', '.join(unknown)}: ask for the spoken form"
        )


def write(
    words: Sequence[str],
    languages: Collection[Language],
    pauses_s: Sequence[float],
    writing: Writing,
) -> RedactedForm:
    """The written form of a canonical transcript.

    Args:
        words: The spoken words.
        languages: The languages of the words.
        pauses_s: Silence behind each of them, in seconds.
        writing: What the reader wants.

    Raises:
        WritingError: A word is in a language that has no written form.
        ValueError: There is another number of pauses than of words.
    """
    check_languages(languages)
    form = write_figures(words) if writing.figures else as_spoken(words)
    redacted = redact(form, writing.redact)
    written = write_in_script(redacted.form, writing.script)
    if writing.sentences:
        written = write_sentences(written, pauses_s)
    return RedactedForm(written, redacted.removals)
