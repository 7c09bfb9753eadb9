"""Long recordings: all speech is transcribed once, at its time, in constant memory."""

import tracemalloc

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from ovoz.audio.containers import AudioError
from ovoz.audio.decode import decode, stream
from ovoz.audio.vad import SpeechSegment
from ovoz.engine.load import load_engine
from ovoz.engine.recording import RecordingConfig, join_transcripts, transcribe_recording
from ovoz.engine.transcript import Transcript, Word
from ovoz.text.language import Language

RATE = 16_000
BLOCKS = RecordingConfig(block_s=5, longest_s=8)


def loud(samples):
    """Stretches of sound parted by at least 0.3 s of silence."""
    places = np.flatnonzero(samples)
    if not len(places):
        return []
    gaps = np.flatnonzero(np.diff(places) > 0.3 * RATE)
    starts, ends = places[[0, *(gaps + 1)]], places[[*gaps, -1]] + 1
    return [
        SpeechSegment(start / RATE, end / RATE) for start, end in zip(starts, ends, strict=True)
    ]


class Listener:
    """An engine that says how long each signal is; remembers how large its batches were."""

    model_version = "listener"

    def __init__(self):
        self.batches = []

    def transcribe(self, batch):
        self.batches.append(sum(map(len, batch)))
        return [self._one(len(samples) / RATE) for samples in batch]

    def _one(self, length_s):
        word = Word(f"{length_s:.2f}", 0.0, length_s, Language.OTHER, 0.5)
        version = self.model_version
        return Transcript(word.text, (word,), Language.OTHER, 1.0, (), 0.5, version, length_s)


def recording(stretches):
    """Sound of the given (silence, speech) seconds, and where its speech lies."""
    parts, spoken, now = [], [], 0.0
    for silence_s, speech_s in stretches:
        parts += [np.zeros(round(silence_s * RATE)), np.full(round(speech_s * RATE), 0.1)]
        spoken.append((now + silence_s, now + silence_s + speech_s))
        now += silence_s + speech_s
    return np.concatenate([*parts, np.zeros(RATE)]).astype(np.float32), spoken


def cut(samples, size):
    return (samples[start : start + size] for start in range(0, len(samples), size))


STRETCHES = st.lists(
    st.tuples(st.integers(8, 60), st.integers(5, 40)).map(
        lambda pair: (pair[0] / 10, pair[1] / 10)
    ),
    max_size=12,
)


@settings(max_examples=40, deadline=None)
@given(stretches=STRETCHES, size=st.integers(500, 3 * RATE))
def test_speech_comes_out_whole_once_and_in_its_place(stretches, size):
    samples, spoken = recording(stretches)
    found = transcribe_recording(Listener(), cut(samples, size), BLOCKS, find_speech=loud)
    times = [(each.words[0].start_s, each.words[0].end_s) for each in found]
    assert times == [pytest.approx(pair, abs=0.002) for pair in spoken]


def test_speech_without_a_pause_is_not_kept_for_ever():
    samples, _ = recording([(1, 60)])
    listener = Listener()
    found = list(transcribe_recording(listener, cut(samples, RATE), BLOCKS, find_speech=loud))
    assert sum(each.words[0].end_s - each.words[0].start_s for each in found) == pytest.approx(60)
    assert max(listener.batches) <= (BLOCKS.longest_s + BLOCKS.block_s) * RATE


def test_memory_does_not_grow_with_the_recording():
    def peak(minutes):
        hour = (np.full(RATE, 0.1 * (second % 3 > 0), np.float32) for second in range(60 * minutes))
        tracemalloc.start()
        for _ in transcribe_recording(Listener(), hour, BLOCKS, find_speech=loud):
            pass
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest

    assert peak(20) < 1.3 * peak(2)


def test_an_engine_hears_the_same_in_a_recording_as_alone(artifact, clips):
    engine = load_engine(artifact)
    still = np.zeros(RATE, np.float32)
    sound = np.concatenate([part for clip in clips for part in (still, clip, still)])
    found = list(transcribe_recording(engine, cut(sound, 700), BLOCKS, find_speech=loud))
    alone = [each for each in engine.transcribe(clips) if each.words]
    assert [each.text for each in found] == [each.text for each in alone]
    whole = join_transcripts(found)
    assert whole.text == " ".join(each.text for each in found)
    starts = [word.start_s for word in whole.words]
    assert starts == sorted(starts)


def test_nothing_said_is_nothing_joined():
    found = list(transcribe_recording(Listener(), iter(()), find_speech=loud))
    assert found == []
    with pytest.raises(ValueError, match="nobody speaks"):
        join_transcripts(found)


def test_a_file_is_streamed_as_it_is_decoded(tmp_path, clips):
    path = tmp_path / "clip.wav"
    soundfile.write(path, np.concatenate(clips), RATE, subtype="PCM_16")
    np.testing.assert_allclose(np.concatenate(list(stream(path))), decode(path), atol=1e-4)
    np.testing.assert_array_equal(
        np.concatenate(list(stream(path.read_bytes()))), np.concatenate(list(stream(path)))
    )
    (tmp_path / "text.wav").write_bytes(b"no audio at all" * 9)
    with pytest.raises(AudioError, match="not readable"):
        list(stream(tmp_path / "text.wav"))
