"""Transcripts in written form keep the times of what was spoken."""

from itertools import pairwise

from ovoz.engine.transcript import Transcript, Word, find_switches
from ovoz.engine.written import write_transcript
from ovoz.text.language import Language, word_language
from ovoz.text.written.redaction import RedactionKind
from ovoz.text.written.writing import Writing


def _say(text: str) -> Transcript:
    words = tuple(
        Word(word, float(at), at + 0.5, word_language(word), 0.9 - at / 100)
        for at, word in enumerate(text.split())
    )
    return Transcript(text, words, Language.MIXED, 0.8, find_switches(words), 0.8, "v1", 9.0)


def test_a_token_lasts_as_long_as_its_words() -> None:
    spoken = _say("ikki ming yigirma oltinchi yilda купил")
    written = write_transcript(spoken, Writing(sentences=False))
    assert written.text == "2026-yilda купил"
    assert written.words[0] == Word("2026-yilda", 0.0, 4.5, Language.UZBEK, 0.86)
    assert [switch.index for switch in written.switches] == [1]
    assert all(before.end_s <= after.start_s for before, after in pairwise(written.words))


def test_what_was_removed_is_in_no_part_of_the_transcript() -> None:
    spoken = _say("raqam toʻqson bir yuz yigirma uch qirq besh oltmish yetti edi")
    redact = frozenset({RedactionKind.TELEPHONE})
    written = write_transcript(spoken, Writing(figures=False, sentences=False, redact=redact))
    assert written.text == "raqam [telephone] edi"
    assert "toʻqson" not in str(written)


def test_the_spoken_form_stays_as_it_is() -> None:
    spoken = _say("yigirma besh")
    assert write_transcript(spoken, Writing(figures=False, sentences=False)) is spoken
