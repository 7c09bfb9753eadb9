"""A session loses, doubles and moves no word, however its audio is cut."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ovoz.audio.signal import SAMPLE_RATE
from ovoz.streaming.config import StreamingConfig
from ovoz.streaming.driver import transcribe_stream
from ovoz.streaming.events import (
    CloseReason,
    FinalTranscript,
    Flushed,
    PartialTranscript,
    SpeechEnded,
    SpeechStarted,
)
from ovoz.streaming.session import StreamingSession

from .coded_speech import WORDS, Level, Reader, Said, assert_same_words, say, times

SECOND = SAMPLE_RATE


def cut_at(signal, sizes):
    place = 0
    while place < len(signal):
        size = sizes[place % len(sizes)] if sizes else len(signal)
        yield signal[place : place + size]
        place += size


def run(signal, sizes=(1600,), config=None, reader=None):
    reader = reader or Reader()
    return list(transcribe_stream(reader, cut_at(signal, sizes), config, detector=Level))


def spoken(events):
    finals = [event for event in events if isinstance(event, FinalTranscript)]
    return [
        (word.text, word.start_s, word.end_s) for one in finals for word in one.transcript.words
    ]


said = st.lists(
    st.builds(
        Said,
        text=st.sampled_from(WORDS),
        samples=st.integers(1_600, 12_000),
        pause=st.one_of(st.integers(400, 3_000), st.integers(3_000, 40_000)),
    ),
    max_size=10,
)


@settings(max_examples=40)
@given(said, st.lists(st.integers(333, 30_000), min_size=1, max_size=7), st.integers(0, 20_000))
def test_finals_hold_every_word_once_at_its_place(words, sizes, tail) -> None:
    assert_same_words(spoken(run(say(words, tail), sizes)), words)


@settings(max_examples=20)
@given(said, st.integers(400, 8_000))
def test_stable_words_never_change_and_events_are_in_order(words, size) -> None:
    events = run(say(words), (size,))
    stable: dict[int, list[str]] = {}
    speaking = False
    for event in events:
        if isinstance(event, SpeechStarted | SpeechEnded):
            assert speaking is isinstance(event, SpeechEnded)
            speaking = not speaking
        elif isinstance(event, PartialTranscript):
            texts = [word.text for word in event.words]
            before = stable.get(event.segment, [])
            assert texts[: len(before)] == before
            stable[event.segment] = texts[: event.stable_words]
            assert event.text[: event.stable_chars] == " ".join(stable[event.segment])
        elif isinstance(event, FinalTranscript):
            assert event.stable_changed == 0
            assert event.start_s <= event.transcript.words[0].start_s
    assert not speaking
    assert isinstance(events[-1], Flushed)


def test_silence_yields_nothing() -> None:
    reader = Reader()
    events = run(np.zeros(60 * SECOND, np.float32), reader=reader)
    assert events == [Flushed(60.0)]
    assert reader.runs == 0


def test_real_voice_activity_hears_nothing_in_silence_and_noise() -> None:
    rng = np.random.default_rng(5)
    noise = (0.002 * rng.standard_normal(20 * SECOND)).astype(np.float32)
    assert list(transcribe_stream(Reader(), cut_at(noise, (1600,)))) == [Flushed(20.0)]


def test_a_word_is_shown_soon_and_finished_soon_after_its_end() -> None:
    session, reader = StreamingSession(detector=Level), Reader()
    shown = finished = None
    signal = say([Said("kam", 8_000, 8_000)], tail=SECOND)
    for piece in cut_at(signal, (320,)):
        events = session.feed([piece])
        while request := session.next_request():
            events += session.accept(request, reader.read(request.samples))
        for event in events:
            if isinstance(event, PartialTranscript) and shown is None:
                shown = session.position
            if isinstance(event, FinalTranscript):
                finished = session.position
    assert shown is not None and shown - 8_000 <= 0.25 * SECOND
    assert finished is not None and finished - 16_000 <= 0.4 * SECOND


def test_endless_speech_is_split_between_words() -> None:
    words = [Said(WORDS[place % len(WORDS)], 6_000, 1_500) for place in range(200)]
    reader = Reader()
    events = run(say(words), reader=reader)
    assert_same_words(spoken(events), words)
    finals = [event for event in events if isinstance(event, FinalTranscript)]
    assert [one.reason for one in finals[:-1]] == [CloseReason.LENGTH] * (len(finals) - 1)
    assert max(one.end_s - one.start_s for one in finals) <= 21
    assert sum(isinstance(event, SpeechStarted) for event in events) == 1
    assert reader.longest <= 21 * SECOND


def test_one_endless_word_is_split_too() -> None:
    events = run(say([Said("kam", 70 * SECOND, 0)]), (8_000,))
    finals = [event for event in events if isinstance(event, FinalTranscript)]
    assert all(one.end_s - one.start_s <= 28.1 for one in finals)
    assert finals[0].start_s == 0 and finals[-1].end_s == 70
    for one, after in itertools.pairwise(finals):
        assert one.end_s == after.start_s


def test_windows_of_partial_transcripts_are_trimmed() -> None:
    words = [Said(WORDS[place], 5_000, 1_200) for place in range(40)]
    reader, session = Reader(), StreamingSession(detector=Level)
    longest = 0
    for piece in cut_at(say(words), (1_600,)):
        session.feed([piece])
        while request := session.next_request():
            if not request.is_final:
                longest = max(longest, len(request.samples))
            session.accept(request, reader.read(request.samples))
    assert longest < 7 * SECOND


def test_sound_without_words_ends_a_segment_and_gives_no_text() -> None:
    class Deaf(Reader):
        def read(self, samples):
            return super().read(np.zeros_like(samples))

    reader = Deaf()
    events = run(say([Said("kam", 60 * SECOND, 0)]), reader=reader)
    assert not [event for event in events if isinstance(event, FinalTranscript)]
    assert reader.longest <= 6 * SECOND


def test_words_in_lasting_noise_are_finished() -> None:
    class Noisy(Level):
        def feed(self, samples):
            return np.ones_like(super().feed(samples))

    words = [Said("kam", 8_000, 8_000), Said("mio", 8_000, 3 * SECOND)]
    pieces = cut_at(say(words, tail=3 * SECOND), (1_600,))
    events = list(transcribe_stream(Reader(), pieces, detector=Noisy))
    assert_same_words(spoken(events), words)
    finals = [event for event in events if isinstance(event, FinalTranscript)]
    assert [one.reason for one in finals] == [CloseReason.BLANK, CloseReason.BLANK]


def test_a_client_that_stops_sending_in_silence_gets_its_final() -> None:
    session, reader = StreamingSession(detector=Level), Reader()
    session.feed([say([Said("kam", 8_000, 4_000)])])
    assert session.tick(0.9) == []
    assert not session._tracks[0].is_waiting  # in the middle of a word, as far as one can tell
    session.tick(2.6)
    request = next(iter(lambda: session.next_request(), None))
    while not request.is_final:
        session.accept(request, reader.read(request.samples))
        request = session.next_request()
    final = session.accept(request, reader.read(request.samples))[0]
    assert final.reason is CloseReason.CLOCK
    # What follows is placed by audio, as if there had been no pause.
    session.feed([say([Said("mio", 8_000, 1_600)])])
    session.finalize()
    while request := session.next_request():
        events = session.accept(request, reader.read(request.samples))
    words = next(event for event in events if isinstance(event, FinalTranscript)).transcript.words
    assert (words[0].start_s, words[0].end_s) == (0.85, 1.35)


def test_finalize_in_the_middle_of_a_word_keeps_its_tail() -> None:
    session, reader = StreamingSession(detector=Level), Reader()
    session.feed([say([Said("kam", 4_567, 4_000)])])
    session.finalize()
    events = []
    while request := session.next_request():
        events += session.accept(request, reader.read(request.samples))
    final = next(event for event in events if isinstance(event, FinalTranscript))
    assert final.end_s == session.position / SECOND
    assert final.transcript.words[-1].end_s == round(8_567 / SECOND, 3)
    assert isinstance(events[-1], Flushed)


def test_two_channels_are_two_tracks_on_one_time_axis() -> None:
    left = [Said("kam", 8_000, 8_000), Said("mio", 8_000, 1_600)]
    right = [Said("тоm", 9_000, 30_000)]
    signals = [say(left), say(right)]
    length = max(map(len, signals)) + SECOND
    signals = [np.pad(one, (0, length - len(one))) for one in signals]
    session, reader, events = StreamingSession(channels=2, detector=Level), Reader(), []
    for place in range(0, length, 800):
        events += session.feed([one[place : place + 800] for one in signals])
        while request := session.next_request():
            events += session.accept(request, reader.read(request.samples))
    for track, words in enumerate((left, right)):
        own = [one for one in events if isinstance(one, FinalTranscript) and one.track == track]
        assert_same_words(spoken(own), words)


def test_a_failed_final_is_asked_for_again() -> None:
    session, reader = StreamingSession(detector=Level), Reader()
    session.feed([say([Said("kam", 8_000, 4_000)], tail=SECOND)])
    request = session.next_request()
    assert request.is_final
    session.give_up(request)
    again = session.next_request()
    assert np.array_equal(again.samples, request.samples)
    assert session.accept(again, reader.read(again.samples))[0].transcript.text == "kam"


def test_times_are_exact_at_the_end_of_a_day_and_memory_stays(monkeypatch) -> None:
    day = 24 * 3600 * SECOND - 10 * SECOND
    session = StreamingSession(detector=Level, start=day, first_segments=[86_000])
    words = [Said("kam", 8_017, 16_111), Said("mio", 7_003, 1_207)]
    reader, events = Reader(), []
    for piece in cut_at(say(words, tail=SECOND), (777,)):
        events += session.feed([piece])
        while request := session.next_request():
            events += session.accept(request, reader.read(request.samples))
    final = next(event for event in events if isinstance(event, FinalTranscript))
    assert final.segment == 86_000
    for word, (_, start_s, end_s) in zip(final.transcript.words, times(words), strict=True):
        assert word.start_s == pytest.approx(86_390 + start_s, abs=0.001)
        assert word.end_s == pytest.approx(86_390 + end_s, abs=0.001)
    assert session.settled > day + 24_000


def test_an_hour_of_audio_holds_no_more_than_a_segment() -> None:
    session, reader = StreamingSession(detector=Level), Reader()
    minute = say([Said(WORDS[place], 8_000, 12_000) for place in range(48)])
    for _ in range(60):
        for piece in cut_at(minute, (16_000,)):
            session.feed([piece])
            while request := session.next_request():
                session.accept(request, reader.read(request.samples))
        assert session.position - session.settled < 30 * SECOND
        assert session._tracks[0]._audio._held.nbytes < 10_000_000


@pytest.mark.parametrize("faulty", [{"split_s": 28, "longest_s": 20}, {"release": 0.9}])
def test_times_that_contradict_each_other_are_refused(faulty) -> None:
    with pytest.raises(ValueError, match=r"split_s|release"):
        StreamingConfig(**faulty)
