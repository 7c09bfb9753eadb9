"""Recordings to segments of one speaker, and words to their speakers."""

import numpy as np
import pytest
from scipy.signal import lfilter

from ovoz.audio.vad import SpeechSegment
from ovoz.engine.transcript import Transcript, Word, word_fields
from ovoz.engine.written import write_transcript
from ovoz.speakers.config import SpeakerCount
from ovoz.speakers.diarization import Diarizer
from ovoz.speakers.encoder import SpeakerEncoder
from ovoz.speakers.segments import SpeakerSegment
from ovoz.speakers.talk import measure_talk
from ovoz.speakers.words import assign_speakers, group_turns
from ovoz.text.language import Language
from ovoz.text.written.writing import Writing

from .encoders import write_signal_encoder

RATE = 16_000


def voice(pole: float, seconds: float, seed: int) -> np.ndarray:
    """Noise coloured as no other voice is."""
    noise = np.random.default_rng(seed).standard_normal(round(seconds * RATE))
    coloured = lfilter([1], [1, -pole], noise)
    return (0.1 * coloured / coloured.std()).astype(np.float32)


def pause(seconds: float) -> np.ndarray:
    return np.zeros(round(seconds * RATE), np.float32)


def loud_parts(samples: np.ndarray) -> list[SpeechSegment]:
    """What is not silent, to 10 ms."""
    frames = np.abs(samples[: len(samples) // 160 * 160]).reshape(-1, 160).max(axis=1) > 0
    edges = np.flatnonzero(np.diff(np.pad(frames.astype(int), 1)))
    return [SpeechSegment(a / 100, b / 100) for a, b in edges.reshape(-1, 2)]


@pytest.fixture(scope="module")
def diarizer(tmp_path_factory) -> Diarizer:
    path = write_signal_encoder(tmp_path_factory.mktemp("encoder") / "e.onnx")
    return Diarizer(SpeakerEncoder(path), find_speech=loud_parts)


LOW, HIGH, MIDDLE = 0.9, -0.9, 0.0


def test_turns_with_pauses_between_them(diarizer):
    order = [HIGH, LOW, HIGH, MIDDLE, LOW]
    pieces = [part for i, one in enumerate(order) for part in (voice(one, 6, i), pause(1))]
    found = diarizer.diarize(pieces)
    assert [one.speaker for one in found] == [1, 2, 1, 3, 2]
    assert [(one.start_s, one.end_s) for one in found] == [(7 * i, 7 * i + 6) for i in range(5)]


def test_a_turn_without_a_pause_ends_where_the_voice_changes(diarizer):
    found = diarizer.diarize([voice(LOW, 8, 0), voice(HIGH, 8, 1)])
    assert [one.speaker for one in found] == [1, 2]
    assert found[0].end_s == found[1].start_s == pytest.approx(8, abs=0.8)
    assert found[1].end_s == 16


def test_the_number_can_be_given(diarizer):
    pieces = [voice(LOW, 6, 0), pause(1), voice(HIGH, 6, 1), pause(1), voice(MIDDLE, 6, 2)]
    for text, number in (("1", 1), ("2", 2), ("3", 3), ("auto", 3)):
        found = diarizer.diarize(pieces, SpeakerCount.parse(text))
        assert len({one.speaker for one in found}) == number


def test_nothing_and_silence_have_no_speaker(diarizer):
    assert diarizer.diarize([]) == []
    assert diarizer.diarize([pause(0)]) == []
    assert diarizer.diarize([pause(5)]) == []


def test_a_word_alone_has_a_speaker(diarizer):
    assert diarizer.diarize([pause(1), voice(LOW, 0.2, 0)]) == [SpeakerSegment(1, 1.0, 1.2)]


def test_labels_hold_over_a_long_recording_read_piece_by_piece(diarizer):
    order = [LOW, HIGH] * 30
    pieces = [part for i, one in enumerate(order) for part in (voice(one, 5, i), pause(1))]
    found = diarizer.diarize(iter(pieces))
    assert [one.speaker for one in found] == [1, 2] * 30


def word(text: str, start_s: float, end_s: float, speaker: int | None = None) -> Word:
    return Word(text, start_s, end_s, Language.UZBEK, 0.9, speaker)


def transcript(*words: Word) -> Transcript:
    text = " ".join(one.text for one in words)
    return Transcript(text, words, Language.UZBEK, 1.0, (), 0.9, "m", 60.0)


def test_a_word_has_the_speaker_of_most_of_its_time():
    segments = [SpeakerSegment(2, 0, 2), SpeakerSegment(1, 2, 4), SpeakerSegment(3, 10, 12)]
    words = [
        word("a", 0.5, 1),
        word("b", 1.5, 2.4),  # begins in one segment, mostly in it
        word("c", 1.9, 3),  # mostly in the next one
        word("d", 4.5, 5),  # in a pause, nearer to the one before
        word("e", 9, 9.5),  # in a pause, nearer to the one after
        word("f", 13, 14),
    ]
    found = assign_speakers(transcript(*words), segments)
    assert [one.speaker for one in found.words] == [1, 1, 2, 2, 3, 3]  # by who speaks first
    assert found.text == "a b c d e f"
    assert assign_speakers(transcript(*words), []) == transcript(*words)
    assert assign_speakers(transcript(), segments) == transcript()


def test_a_word_over_several_segments():
    segments = [SpeakerSegment(1, 0, 0.2), SpeakerSegment(2, 0.2, 1.5), SpeakerSegment(1, 1.5, 4)]
    found = assign_speakers(transcript(word("a", 0, 1.8), word("b", 2, 3)), segments)
    assert [one.speaker for one in found.words] == [1, 2]
    assert [len(turn) for turn in group_turns(found.words)] == [1, 1]


def test_figures_and_sentences_end_where_the_speaker_changes():
    words = [word("yigirma", 0, 0.5, 1), word("ellik", 0.6, 1, 2), word("keldi", 1.1, 1.5, 2)]
    written = write_transcript(transcript(*words), Writing(figures=True, sentences=True))
    assert [(one.text, one.speaker) for one in written.words] == [
        ("20.", 1), ("50", 2), ("keldi.", 2),
    ]  # fmt: skip
    assert written.text == "20. 50 keldi."


def test_a_word_without_a_speaker_has_no_such_field():
    assert list(word_fields(word("a", 0, 1))) == [
        "text", "start_s", "end_s", "language", "confidence",
    ]  # fmt: skip
    assert word_fields(word("a", 0, 1, 2))["speaker"] == 2


def test_talk_of_one_channel():
    words = [word("a", 0, 1, 1), word("b", 1.5, 3, 1), word("c", 3, 4, 2), word("d", 5, 6, None)]
    one, two = measure_talk(words)
    assert (one.talk_s, one.share, one.turns, one.words) == (3.0, 0.75, 1, 2)
    assert (two.talk_s, two.share, two.turns, two.words) == (1.0, 0.25, 1, 1)
    assert one.interruptions is two.interruptions is None
    assert measure_talk([word("a", 0, 1)]) == []


def test_interruptions_of_two_channels():
    words = [word("a", 0, 2, 1), word("b", 1.5, 3, 2), word("c", 3.5, 4, 1), word("d", 3.9, 5, 2)]
    one, two = measure_talk(words, tells_overlap=True)
    assert (one.interruptions, two.interruptions) == (0, 2)
