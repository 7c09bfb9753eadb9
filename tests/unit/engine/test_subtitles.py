"""Subtitles hold every word once, in order, in its language."""

import re
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ovoz.engine.subtitles import cues, srt, vtt
from ovoz.engine.transcript import Transcript, Word, find_switches
from ovoz.text.language import Language, word_language


def transcript(*words: tuple[str, float, float]) -> Transcript:
    made = tuple(Word(text, a, b, word_language(text), 0.9) for text, a, b in words)
    text = " ".join(word.text for word in made)
    return Transcript(text, made, Language.MIXED, 1.0, find_switches(made), 0.9, "tiny")


SPOKEN = transcript(("salom", 0.1, 0.5), ("банк", 0.6, 1.0), ("заказni", 61.2, 62.0))


def test_srt() -> None:
    assert srt(SPOKEN) == (
        '1\n00:00:00,100 --> 00:00:01,000\n<font color="#8ab4f8">salom</font>'
        ' <font color="#ffb86b">банк</font>\n\n'
        "2\n00:01:01,200 --> 00:01:02,000\nзаказni\n"
    )


def test_vtt() -> None:
    assert vtt(SPOKEN) == (
        "WEBVTT\n\n00:00:00.100 --> 00:00:01.000\n<lang uz>salom</lang> <lang ru>банк</lang>\n\n"
        "00:01:01.200 --> 00:01:02.000\n<lang mul>заказni</lang>\n"
    )


def test_nothing_said_is_nothing_shown() -> None:
    assert (srt(transcript()), vtt(transcript())) == ("", "WEBVTT\n")


@given(st.lists(st.tuples(st.text("abд<&", min_size=1, max_size=20), st.floats(0, 3)), max_size=40))
def test_every_word_once_and_cues_stay_short(said: list[tuple[str, float]]) -> None:
    at, words = 0.0, []
    for text, pause in said:
        words.append((text, at + pause, at + pause + 0.4))
        at += pause + 0.4
    shown = cues(transcript(*words))
    assert [word.text for cue in shown for word in cue.words] == [text for text, _ in said]
    assert all(len(cue.text) <= 84 or len(cue.words) == 1 for cue in shown)
    assert all(cue.end_s - cue.start_s <= 6 or len(cue.words) == 1 for cue in shown)
    assert all(a.end_s <= b.start_s for a, b in pairwise(shown))
    assert len(re.findall("-->", vtt(transcript(*words)))) == len(shown)
