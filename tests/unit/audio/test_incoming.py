"""Audio that arrives in pieces is the audio of the whole, in every encoding."""

import io

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ovoz.audio.containers import AudioError
from ovoz.audio.incoming import Encoding, open_incoming

RATE = 8_000


def tone(seconds: float = 1.0, rate: int = RATE) -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * 300 * np.arange(int(seconds * rate)) / rate)).astype("f4")


def written(signal: np.ndarray, encoding: Encoding) -> bytes:
    if encoding is Encoding.F32LE:
        return signal.astype("<f4").tobytes()
    pcm = (signal * 32767).astype("<i2")
    if encoding is Encoding.S16LE:
        return pcm.tobytes()
    codec = av.CodecContext.create(f"pcm_{encoding.value}", "w")
    codec.sample_rate, codec.layout, codec.format = RATE, "mono", "s16"
    frame = av.AudioFrame.from_ndarray(pcm.reshape(1, -1), "s16", "mono")
    frame.sample_rate = RATE
    return b"".join(bytes(packet) for packet in codec.encode(frame))


def opus(signal: np.ndarray, container: str, rate: int = 48_000) -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format=container) as output:
        stream = output.add_stream("libopus", rate=rate)
        stream.layout = "mono"
        frame = av.AudioFrame.from_ndarray(signal.reshape(1, -1), "flt", "mono")
        frame.sample_rate = rate
        output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return file.getvalue()


def decoded(encoding: Encoding, content: bytes, sizes, rate: int = RATE, channels: int = 1):
    incoming = open_incoming(encoding, rate, channels)
    pieces, place, turn = [], 0, 0
    while place < len(content):
        size = sizes[turn % len(sizes)]
        pieces.append(incoming.feed(content[place : place + size]))
        place, turn = place + size, turn + 1
    pieces.append(incoming.flush())
    incoming.close()
    return [np.concatenate([piece[channel] for piece in pieces]) for channel in range(channels)]


@pytest.mark.parametrize("encoding", [one for one in Encoding if one is not Encoding.OPUS])
@settings(max_examples=10)
@given(sizes=st.lists(st.integers(1, 3_000), min_size=1, max_size=5))
def test_pieces_of_pcm_give_the_whole(encoding, sizes) -> None:
    signal = tone()
    content = written(signal, encoding)
    whole = decoded(encoding, content, [len(content)])[0]
    found = decoded(encoding, content, [size + 100 for size in sizes])[0]
    assert len(found) == 16_000
    assert np.abs(found - whole).max() < 1e-5
    assert np.abs(found[1_600:-1_600] - tone(rate=16_000)[1_600:-1_600]).max() < 0.03


def test_two_channels_are_told_apart() -> None:
    left, right = tone(rate=16_000), -0.5 * tone(rate=16_000)
    content = np.stack([left, right], axis=1).astype("<f4").tobytes()
    found = decoded(Encoding.F32LE, content, [1_001], rate=16_000, channels=2)
    assert np.array_equal(found[0], left)
    assert np.array_equal(found[1], right)


@pytest.mark.parametrize("container", ["ogg", "webm"])
def test_opus_in_chunks_as_a_browser_sends_them(container) -> None:
    signal = tone(3, 48_000)
    content = opus(signal, container)
    found = decoded(Encoding.OPUS, content, [997], rate=48_000)[0]
    assert abs(len(found) - 3 * 16_000) < 1_600
    level = np.sqrt(np.mean(found[8_000:40_000] ** 2))
    assert level == pytest.approx(0.5 / np.sqrt(2), rel=0.1)


def test_opus_arrives_while_it_is_spoken() -> None:
    content = opus(tone(10, 48_000), "webm")
    incoming = open_incoming(Encoding.OPUS, 48_000, 1)
    half = sum(len(incoming.feed(content[:place])[0]) for place in [len(content) // 2])
    incoming.close()
    assert half > 2 * 16_000


def test_a_second_header_starts_a_new_recording() -> None:
    content = opus(tone(1, 48_000), "ogg")
    incoming = open_incoming(Encoding.OPUS, 48_000, 1)
    total = sum(len(incoming.feed(content)[0]) for _ in range(2)) + len(incoming.flush()[0])
    incoming.close()
    assert total > 1.8 * 16_000


@pytest.mark.parametrize("content", [b"RIFF" + bytes(400), bytes(100)])
def test_other_bytes_are_refused(content) -> None:
    incoming = open_incoming(Encoding.OPUS, 48_000, 1)
    with pytest.raises(AudioError):
        incoming.feed(content)
        incoming.flush()
    incoming.close()


def test_samples_that_are_no_numbers_are_refused() -> None:
    with pytest.raises(AudioError, match="not numbers"):
        open_incoming(Encoding.F32LE, 16_000, 1).feed(np.full(10, np.nan, "<f4").tobytes())


@pytest.mark.parametrize(
    ("rate", "channels"), [(0, 1), (1, 1), (10**9, 1), (16_000, 0), (16_000, 99)]
)
def test_strange_formats_are_refused(rate, channels) -> None:
    with pytest.raises(AudioError, match="accepted are"):
        open_incoming(Encoding.S16LE, rate, channels)
