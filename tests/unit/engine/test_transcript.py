"""Transcripts from decoded words."""

import pytest

from ovoz.decoding.hypothesis import DecodedWord
from ovoz.engine.transcript import build_transcript
from ovoz.text.language import Language


def transcript(*words: DecodedWord, duration_s: float = 10.0):
    return build_transcript(words, frame_s=0.04, duration_s=duration_s, model_version="m-1")


def word(text: str, start: int = 0, confidence: float = 0.8, script: float = 0.9) -> DecodedWord:
    return DecodedWord(text, start, start + 5, confidence, script)


def test_words_carry_seconds_and_languages():
    result = transcript(word("salom", 0), word("банк", 25), word("заказni", 50))
    assert result.text == "salom банк заказni"
    assert [w.language for w in result.words] == [
        Language.UZBEK,
        Language.RUSSIAN,
        Language.MIXED,
    ]
    assert (result.words[1].start_s, result.words[1].end_s) == (1.0, 1.2)
    assert result.language is Language.MIXED
    assert result.model_version == "m-1"


def test_switches_stand_at_the_word_that_changes_the_language():
    result = transcript(word("salom", 0), word("мой", 10), word("банк", 20), word("bor", 30))
    assert [(s.index, s.time_s, s.from_language, s.to_language) for s in result.switches] == [
        (1, 0.4, Language.UZBEK, Language.RUSSIAN),
        (3, 1.2, Language.RUSSIAN, Language.UZBEK),
    ]


def test_a_number_between_two_languages_does_not_hide_the_switch():
    (switch,) = transcript(word("salom", 0), word("24", 10), word("банк", 20)).switches
    assert (switch.index, switch.from_language) == (2, Language.UZBEK)


def test_confidences_are_means_over_words():
    result = transcript(word("a", 0, 0.5, 1.0), word("b", 10, 0.9, 0.6))
    assert result.confidence == pytest.approx(0.7)
    assert result.language_confidence == pytest.approx(0.8)


def test_no_words_no_language_no_confidence():
    result = transcript()
    assert (result.text, result.words, result.switches) == ("", (), ())
    assert result.language is Language.OTHER
    assert (result.confidence, result.language_confidence) == (0.0, 0.0)


def test_a_word_on_the_last_frame_ends_with_the_audio():
    assert transcript(word("a", 0), duration_s=0.19).words[0].end_s == 0.19


def test_no_word_ends_behind_the_audio():
    for milliseconds in range(1, 400):
        duration_s = milliseconds / 1000 + 0.0006  # would be rounded up
        (last,) = transcript(word("salom", 0), duration_s=duration_s).words
        assert last.end_s <= duration_s
