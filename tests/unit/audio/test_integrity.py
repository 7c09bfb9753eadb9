"""Files that are cut short, of every format, as encoders really write them."""

import io

import av
import numpy as np
import pytest
import soundfile

from ovoz.audio.decode import decode
from ovoz.audio.integrity import find_lost_audio

TIME = np.arange(4 * 16_000) / 16_000
SOUND = (0.3 * np.sin(2 * np.pi * 220 * TIME)).astype(np.float32)


def encode(container: str, codec: str) -> bytes:
    file = io.BytesIO()
    frame = av.AudioFrame.from_ndarray(
        (np.repeat(SOUND, 3) * 32767).astype(np.int16)[None], format="s16", layout="mono"
    )
    frame.sample_rate = 48_000
    with av.open(file, "w", format=container) as out:
        stream = out.add_stream(codec, 48_000, layout="mono")
        cutter = av.AudioResampler(stream.format, stream.layout, 48_000, stream.frame_size or None)
        for piece in [*cutter.resample(frame), *cutter.resample(None)]:
            out.mux(stream.encode(piece))
        out.mux(stream.encode(None))
    return file.getvalue()


def wav() -> bytes:
    file = io.BytesIO()
    soundfile.write(file, SOUND, 16_000, format="WAV")
    return file.getvalue()


def lost_s(content: bytes) -> float:
    return find_lost_audio(content, len(decode(content)) / 16_000)


FORMATS = {
    "wav": wav(),
    "opus": encode("ogg", "libopus"),
    "mp3": encode("mp3", "libmp3lame"),
    "webm": encode("webm", "libopus"),
    "m4a": encode("ipod", "aac"),
    "flac": encode("flac", "flac"),
}


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_is_missing_from_a_whole_file(name: str, tmp_path) -> None:
    assert lost_s(FORMATS[name]) == 0
    path = tmp_path / "whole"
    path.write_bytes(FORMATS[name])
    assert find_lost_audio(path, len(decode(path)) / 16_000) == 0


@pytest.mark.parametrize("name", ["wav", "mp3", "webm"])
def test_what_the_header_states_and_the_file_lacks_is_reported(name: str) -> None:
    content = FORMATS[name]
    assert lost_s(content[: len(content) * 7 // 10]) == pytest.approx(1.2, abs=0.15)


def test_an_ogg_page_that_is_cut_is_reported_and_a_missing_mark_is_not() -> None:
    content = FORMATS["opus"]
    assert lost_s(content[: len(content) * 7 // 10]) > 0
    last = bytearray(content)
    last[content.rfind(b"OggS") + 5] &= ~4  # as Telegram's clients write it
    assert find_lost_audio(bytes(last), 4.0) == 0


@pytest.mark.parametrize("name", ["opus", "webm"])
def test_a_file_damaged_in_its_middle_has_lost_what_was_there(name: str) -> None:
    content = FORMATS[name]
    middle = len(content) // 2
    hole = content[:middle] + bytes(len(content) // 10) + content[middle + len(content) // 10 :]
    assert lost_s(hole) > 0.3


def test_a_wav_written_as_a_stream_states_nothing() -> None:
    content = bytearray(wav())
    content[40:44] = b"\xff" * 4
    assert lost_s(bytes(content)) == 0
