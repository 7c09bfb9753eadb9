"""Damaged recordings: what can be decoded is there, at its time, and the rest is named."""

import io
import shutil
import struct
import tempfile
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from ovoz.audio.containers import AudioError
from ovoz.audio.decode import decode
from ovoz.audio.losses import Losses, LossKind
from ovoz.audio.recovery import recover, recover_stream

from ...hostile_audio import CONTAINERS, recording

RATE = 48_000
LENGTH_S = 6.0
MARK_S = 4.5
"""When the tone of the signal changes."""


def marked(container: str, codec: str, **options: str) -> bytes:
    """A low tone, and from :data:`MARK_S` on a high one."""
    time_s = np.arange(int(RATE * LENGTH_S)) / RATE
    tone = np.where(time_s < MARK_S, 300, 3_000)
    signal = (0.4 * np.sin(2 * np.pi * tone * time_s)).astype(np.float32)
    # FFmpeg opens a file anew to put the head of an MP4 to its start.
    path = Path(tempfile.mkdtemp()) / "marked"
    with av.open(path, "w", format=container, options=options) as output:
        stream = output.add_stream(codec, rate=RATE, layout="mono")
        frame = av.AudioFrame.from_ndarray(signal[None], format="fltp", layout="mono")
        frame.sample_rate = RATE
        resampler = av.AudioResampler(stream.format, "mono", RATE, stream.frame_size or None)
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            output.mux(stream.encode(piece))
        output.mux(stream.encode(None))
    content = path.read_bytes()
    shutil.rmtree(path.parent)
    return content


def mark_of(samples: np.ndarray) -> float:
    """When the high tone begins, by the energy of the signal's differences."""
    energy = np.convolve(np.abs(np.diff(samples)), np.ones(160) / 160, "same")
    return float(np.argmax(energy > energy.max() / 2)) / 16_000


def pages(content: bytes) -> Iterator[bytes]:
    """The pages of an Ogg file."""
    while content:
        segments = content[27 : 27 + content[26]]
        size = 27 + content[26] + sum(segments)
        yield content[:size]
        content = content[size:]


def damaged_in_the_middle(content: bytes) -> bytes:
    """A fiftieth of the bytes at a third are others."""
    start = len(content) // 3
    size = len(content) // 50
    noise = np.random.default_rng(5).bytes(size)
    return content[:start] + noise + content[start + size :]


@pytest.mark.parametrize(("container", "codec"), CONTAINERS)
def test_whole_recordings_are_decoded_as_ever(container: str, codec: str) -> None:
    content = recording(container, codec, 2.0)
    samples, losses = recover(content)
    assert losses.listed == []
    assert np.array_equal(samples, decode(content))
    assert len(samples) == len(np.concatenate([*recover_stream(content, Losses())]))


@pytest.mark.parametrize(
    ("container", "codec"),
    [("mp3", "libmp3lame"), ("ipod", "aac"), ("adts", "aac"), ("webm", "libopus"),
     ("flac", "flac"), ("mov", "alac"), ("mpegts", "aac")],
)  # fmt: skip
def test_damaged_packets_are_silence_of_their_length(container: str, codec: str) -> None:
    # FFmpeg finds the next cluster of a WebM file, which holds 5 s unless told otherwise.
    options = {"cluster_time_limit": "500"} if container == "webm" else {}
    samples, losses = recover(damaged_in_the_middle(marked(container, codec, **options)))
    assert len(samples) / 16_000 == pytest.approx(LENGTH_S, abs=0.3)
    assert mark_of(samples) == pytest.approx(MARK_S, abs=0.3)
    assert losses.lost_s < 1.5
    if container != "mpegts":  # random bytes in a stream of packets are taken for other streams
        assert losses.listed


def test_words_behind_a_lost_page_keep_their_time() -> None:
    content = marked("ogg", "libopus")
    head, tags, *sound = pages(content)
    assert len(sound) > 3
    without = head + tags + b"".join(sound[:1] + sound[2:])
    samples, losses = recover(without)
    assert mark_of(samples) == pytest.approx(MARK_S, abs=0.03)
    assert len(samples) == pytest.approx(len(recover(content)[0]), abs=160)
    (loss,) = losses.listed
    assert loss.kind is LossKind.MISSING
    assert 0.5 < losses.lost_s == pytest.approx(loss.end_s - loss.start_s)


def test_a_chain_of_streams_is_read_to_its_end() -> None:
    chain = marked("ogg", "libopus") + recording("ogg", "libopus", 1.0)
    samples, losses = recover(chain)
    assert len(samples) / 16_000 == pytest.approx(LENGTH_S + 1.0, abs=0.1)
    assert losses.listed == []


def test_streams_of_another_rate_are_read_too() -> None:
    """Two AAC files, one behind the other, as a recorder that changed its rate leaves them."""
    file = io.BytesIO()
    with av.open(file, "w", format="adts") as output:
        stream = output.add_stream("aac", rate=16_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(
            np.zeros((1, 16_000), np.float32), format="fltp", layout="mono"
        )
        frame.sample_rate = 16_000
        for piece in av.AudioResampler("fltp", "mono", 16_000, 1024).resample(frame):
            output.mux(stream.encode(piece))
        output.mux(stream.encode(None))
    both = file.getvalue() + marked("adts", "aac")
    with pytest.raises(AudioError, match="change midway"):
        decode(both)
    samples, _ = recover(both)
    assert len(samples) / 16_000 == pytest.approx(LENGTH_S + 1.0, abs=0.3)


@pytest.mark.parametrize(
    ("container", "codec", "options"),
    [("mp4", "aac", {"movflags": "+faststart"}), ("mp3", "libmp3lame", {}), ("flac", "flac", {}),
     ("ogg", "libopus", {}), ("wav", "pcm_s16le", {}), ("webm", "libopus", {})],
)  # fmt: skip
def test_cut_files_are_read_to_where_they_end(container, codec, options) -> None:
    content = marked(container, codec, **options)
    samples, losses = recover(content[: len(content) * 7 // 10])
    assert len(samples) / 16_000 > 0.5 * LENGTH_S
    assert losses.listed[-1].kind is LossKind.CUT_OFF


def test_more_than_half_lost_is_refused_and_the_half_is_configured() -> None:
    content = marked("mp4", "aac", movflags="+faststart")
    third = content[: len(content) // 3]
    with pytest.raises(AudioError, match="the file ends at") as raised:
        recover(third)
    assert raised.value.code == "damaged"
    samples, _ = recover(third, max_lost_share=0.9)
    assert 1.0 < len(samples) / 16_000 < 3.0
    with pytest.raises(AudioError):
        list(recover_stream(third, Losses()))


def test_a_placeholder_for_the_length_loses_nothing() -> None:
    """Programs that write a WAV into a pipe do not know its length yet."""
    file = io.BytesIO()
    soundfile.write(file, np.zeros(16_000), 16_000, format="WAV", subtype="PCM_16")
    whole = file.getvalue()
    for told in (0, 2**31 - 4096, 2**31, 2**32 - 1):
        content = whole[:40] + struct.pack("<I", told) + whole[44:]
        samples, losses = recover(content)
        assert (len(samples), losses.listed) == (16_000, []), told


def test_samples_that_are_no_numbers_are_silence() -> None:
    signal = np.full(16_000, 0.25, np.float32)
    signal[8_000:8_160] = np.nan
    file = io.BytesIO()
    soundfile.write(file, signal, 16_000, format="WAV", subtype="FLOAT")
    samples, losses = recover(file.getvalue())
    assert np.count_nonzero(samples == 0) == 160
    assert [loss.kind for loss in losses.listed] == [LossKind.NOT_FINITE]
    assert losses.lost_s == pytest.approx(0.01)


def test_a_clock_that_leaps_is_not_believed() -> None:
    """Of a second WebM file behind the first one, times begin anew; nothing is left out."""
    content = marked("webm", "libopus")
    samples, losses = recover(content + content)
    assert len(samples) / 16_000 >= LENGTH_S - 0.1
    assert losses.share_of(len(samples) / 16_000) < 0.1


def test_losses_are_few_however_many_there_are() -> None:
    losses = Losses()
    for place in range(1_000):
        losses.add(LossKind.DAMAGED, 10.0 * place, 1.0)
    assert len(losses.listed) == 20
    assert losses.listed[-1].end_s == 9_991.0
    assert losses.lost_s == 1_000.0


def test_a_stream_that_comes_up_midway_is_passed_over() -> None:
    """PyAV knows the streams of the start alone, and fails with an IndexError at others."""
    content = marked("flv", "aac")
    place = content.index(b"\x08", len(content) // 2)
    while place + 15 < len(content):  # the start of an audio tag, behind the size of the last one
        size = int.from_bytes(content[place + 1 : place + 4])
        following = place + 11 + size
        if content[following : following + 4] == struct.pack(">I", 11 + size):
            break
        place = content.index(b"\x08", place + 1)
    tag = b"\x09" + (5).to_bytes(3) + content[place + 4 : place + 8] + bytes(3) + b"\x12\0\0\0\0"
    video = tag + struct.pack(">I", len(tag))
    samples, _ = recover(content[:place] + video * 3 + content[place:])
    assert len(samples) / 16_000 == pytest.approx(LENGTH_S, abs=0.1)
    assert len(decode(content)) == len(samples)
