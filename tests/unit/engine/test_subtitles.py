"""Subtitles hold every word once, in order, in its language."""

import re
from dataclasses import replace
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
    for cue in shown:
        assert [word for line in cue.lines for word in line] == list(cue.words)
        lines = [" ".join(word.text for word in line) for line in cue.lines]
        assert len(lines) <= 2
        assert all(len(line) <= 42 for line in lines)


def test_lines_end_at_clauses_and_never_within_a_number() -> None:
    text = "Kecha bankka bordim, hisobimda 25 000 000 soʻm bor ekan"
    tokens = text.replace("25 000 000", "25_000_000").split()
    words = [(t.replace("_", " "), n / 4, n / 4 + 0.2) for n, t in enumerate(tokens)]
    (cue,) = cues(transcript(*words))
    first, second = (" ".join(word.text for word in line) for line in cue.lines)
    assert first == "Kecha bankka bordim,"
    assert f"{first}\n{second}" in re.sub("<.*?>", "", srt(transcript(*words)))


def test_a_cue_is_shown_long_enough_to_be_read_but_not_into_the_next() -> None:
    quick = transcript(
        ("tushuntirishlardan", 0.0, 0.3), ("keyingi", 9.0, 9.1), ("soʻz", 11.0, 11.1)
    )
    told = srt(replace(quick, duration_s=11.12))
    assert "00:00:00,000 --> 00:00:01,059" in told
    assert "00:00:11,000 --> 00:00:11,120" in told
