"""Hostile audio files; equal seeds give equal files.

Four families: damaged recordings of every container, WAV files with false headers, small files that
unpack to hours of silence, and files that are not audio.
"""

import gzip
import io
import struct
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Final

import av
import numpy as np
import soundfile

RATE: Final = 16_000
CONTAINERS: Final = (
    ("wav", "pcm_s16le"), ("wav", "pcm_f32le"), ("flac", "flac"), ("ogg", "libopus"),
    ("caf", "pcm_s24be"), ("mp3", "libmp3lame"), ("ipod", "aac"), ("webm", "libopus"),
    ("matroska", "pcm_s16le"), ("mov", "alac"), ("aiff", "pcm_s16be"), ("adts", "aac"),
)  # fmt: skip
"""Formats and codecs of FFmpeg; ``ipod`` is M4A."""

Random = np.random.Generator
Damage = Callable[[bytes, Random], bytes]


@dataclass(frozen=True, slots=True)
class Hostile:
    """One file, under a name that says what is wrong with it."""

    name: str
    content: bytes


def hostile_files(seed: int, count: int) -> Iterator[Hostile]:
    """``count`` files: every one that is made by hand, then damaged recordings in turn."""
    generator = np.random.default_rng(seed)
    made = chain(lying_headers(), not_audio(), strange_signals(), bombs())
    for place, made_one in zip(range(count), chain(made, damaged(generator)), strict=False):
        yield Hostile(f"{place:03} {made_one.name}", made_one.content)


@cache
def recording(container: str, codec: str, seconds: float = 0.6) -> bytes:
    """A gliding tone in this container."""
    time = np.arange(int(48_000 * seconds)) / 48_000
    tone = (8_000 * np.sin(2 * np.pi * (200 + 700 * time) * time)).astype(np.int16)
    file = io.BytesIO()
    with av.open(file, "w", format=container, options={"fflags": "+bitexact"}) as output:
        stream = output.add_stream(codec, rate=48_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(tone[None], format="s16", layout="mono")
        frame.sample_rate = 48_000
        resampler = av.AudioResampler(
            stream.codec_context.format, "mono", 48_000, frame_size=stream.codec_context.frame_size
        )
        for piece in chain(resampler.resample(frame), resampler.resample(None)):
            output.mux(stream.encode(piece))
        output.mux(stream.encode(None))
    return file.getvalue()


def damaged(generator: Random) -> Iterator[Hostile]:
    """Recordings of every container, each damaged in every way in turn, without end."""
    while True:
        for how in _DAMAGES:
            for container, codec in CONTAINERS:
                content = how(recording(container, codec), generator)
                yield Hostile(f"{container} {codec} {how.__name__}", content)


def cut_short(content: bytes, generator: Random) -> bytes:
    """Its beginning."""
    return content[: generator.integers(0, len(content))]


def beheaded(content: bytes, generator: Random) -> bytes:
    """Its end."""
    return content[generator.integers(1, len(content)) :]


def bits_flipped(content: bytes, generator: Random) -> bytes:
    """A bit in a thousand changed."""
    copy = np.frombuffer(content, np.uint8).copy()
    places = generator.integers(0, len(copy), size=max(1, len(copy) // 125))
    copy[places] ^= np.uint8(1) << generator.integers(0, 8, len(places), dtype=np.uint8)
    return copy.tobytes()


def head_scrambled(content: bytes, generator: Random) -> bytes:
    """Eight bytes of the first 200 are others."""
    copy = bytearray(content)
    for place in generator.integers(4, min(len(copy), 200), size=8):
        copy[place] = generator.integers(0, 256)
    return bytes(copy)


def numbers_extreme(content: bytes, generator: Random) -> bytes:
    """Some aligned word of the first 400 bytes is as large or as small as can be."""
    copy = bytearray(content)
    place = 4 * int(generator.integers(1, min(len(copy), 400) // 4))
    extremes = (b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", bytes(4), b"\x7f\xff\xff\xff")
    copy[place : place + 4] = extremes[generator.integers(0, len(extremes))]
    return bytes(copy)


def hole(content: bytes, generator: Random) -> bytes:
    """A stretch is missing."""
    start, end = sorted(int(place) for place in generator.integers(0, len(content), size=2))
    return content[:start] + content[end:]


def zeroed(content: bytes, generator: Random) -> bytes:
    """A stretch is zeros."""
    start, end = sorted(int(place) for place in generator.integers(0, len(content), size=2))
    return content[:start] + bytes(end - start) + content[end:]


def repeated(content: bytes, generator: Random) -> bytes:
    """A stretch comes fifty times."""
    start = int(generator.integers(0, len(content)))
    return content[:start] + content[start : start + 300] * 50 + content[start:]


def grafted(content: bytes, generator: Random) -> bytes:
    """The head of one container on the body of another."""
    other = recording(*CONTAINERS[generator.integers(0, len(CONTAINERS))])
    return content[: generator.integers(16, 200)] + other[generator.integers(16, 200) :]


_DAMAGES: Final[tuple[Damage, ...]] = (
    cut_short, beheaded, bits_flipped, head_scrambled, numbers_extreme, hole, zeroed, repeated,
    grafted,
)  # fmt: skip


def wav(
    data: bytes,
    *,
    rate: int = RATE,
    channels: int = 1,
    block: int | None = None,
    bits: int = 16,
    promised: int | None = None,
    form: int = 1,
) -> bytes:
    """A WAV file whose header says what it is told to."""
    block = channels * bits // 8 % 2**16 if block is None else block
    size = len(data) if promised is None else promised
    fields = struct.pack("<HHIIHH", form, channels, rate, rate * block % 2**32, block, bits)
    head = b"RIFF" + struct.pack("<I", (size + 36) % 2**32) + b"WAVEfmt \x10\0\0\0" + fields
    return head + b"data" + struct.pack("<I", size) + data


def lying_headers() -> Iterator[Hostile]:
    """WAV files with fields that cannot be."""
    data = bytes(3_200)
    for name, told in {
        "1 Hz": {"rate": 1}, "0 Hz": {"rate": 0}, "384 kHz": {"rate": 384_000},
        "4 GHz": {"rate": 2**32 - 1}, "no channel": {"channels": 0},
        "64 channels": {"channels": 64},
        "65535 channels": {"channels": 65_535}, "block align 0": {"block": 0},
        "block align 65535": {"block": 65_535}, "0 bits": {"bits": 0}, "1 bit": {"bits": 1},
        "255 bits": {"bits": 255}, "all of memory": {"promised": 2**32 - 1},
        "negative": {"promised": 2**31}, "hours": {"promised": 2**31 - 100},
        "nothing": {"promised": 0}, "odd": {"promised": 3_199}, "unknown form": {"form": 0x4321},
        "adpcm": {"form": 2, "bits": 4}, "float16": {"form": 3}, "mp3 in wav": {"form": 0x55},
    }.items():  # fmt: skip
        yield Hostile(f"wav header: {name}", wav(data, **told))
    yield Hostile("wav header alone", wav(b""))
    yield Hostile("wav of one sample", wav(b"\x01\x00"))
    yield Hostile("wav without fmt", b"RIFF\x0c\0\0\0WAVEdata\x04\0\0\0\x01\x02\x03\x04")
    yield Hostile("wav of many lists", b"RIFF\xff\xff\xff\x7fWAVE" + b"LIST\x04\0\0\0INFO" * 20_000)


def strange_signals() -> Iterator[Hostile]:
    """Well-formed files with values that no microphone gives."""
    for name, value in {
        "nan": np.nan, "inf": np.inf, "-inf": -np.inf, "1e38": 3e38, "denormal": 1e-42,
        "clipped": 1.0, "beyond full scale": 1e6,
    }.items():  # fmt: skip
        content = np.full(8_000, value, "<f4").tobytes()
        yield Hostile(f"float wav of {name}", wav(content, form=3, bits=32))
    late = np.zeros(8_000, "<f4")
    late[-1] = np.nan
    yield Hostile("float wav, nan at the end", wav(late.tobytes(), form=3, bits=32))
    doubles = np.full(4_000, 1e300).tobytes()
    yield Hostile("float64 wav of 1e300", wav(doubles, form=3, bits=64))
    yield Hostile("wav of 4 kHz", wav(bytes(800), rate=4_000))
    yield Hostile("wav of 192 kHz", wav(bytes(40_000), rate=192_000))
    yield Hostile("wav of 16 channels", wav(bytes(32_000), channels=16))


def not_audio() -> Iterator[Hostile]:
    """Other kinds of files, some of which name further files or addresses."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(zipfile.ZipInfo("sound.wav"), bytes(1_000_000))
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'
    for name, content in {
        "nothing": b"", "one byte": b"R", "four bytes": b"RIFF", "html": b"<!doctype html><p>" * 99,
        "zip": archive.getvalue(), "gzip bomb": gzip.compress(bytes(9**8), mtime=0), "svg": svg,
        "png": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(999),
        "elf": b"\x7fELF\x02\x01" + bytes(999),
        "pdf": b"%PDF-1.7\n" + bytes(999), "json": b'{"audio": "salom"}', "zeros": bytes(9_999),
        "text": "Salom, банк ".encode() * 200, "utf-16": "Salom ".encode("utf-16") * 200,
        "hls": b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile:///etc/passwd\n",
        "concat": b"ffconcat version 1.0\nfile /etc/passwd\n", "0xff": b"\xff" * 9_999,
        "sdp": b"v=0\no=- 0 0 IN IP4 127.0.0.1\nm=audio 9 RTP/AVP 0\n",
        "dash": b"<MPD><BaseURL>http://127.0.0.1:1/</BaseURL></MPD>",
        "flac magic": b"fLaC" + bytes(300), "ogg magic": b"OggS" * 500,
        "mp4 of boxes": b"\0\0\0\x08free" * 5_000, "endless box": b"\0\0\0\x01moov" + b"\xff" * 64,
        "nested boxes": b"".join(struct.pack(">I", 80_000 - 8 * n) + b"moov" for n in range(9_999)),
        "id3 of 256 MB": b"ID3\x04\0\0\x7f\x7f\x7f\x7f" + bytes(99),
        "webm head": b"\x1aE\xdf\xa3\xff",
    }.items():  # fmt: skip
        yield Hostile(name, content)


def bombs() -> Iterator[Hostile]:
    """Small files of long silence, and chains of streams that never say how long they are."""
    yield Hostile("flac of ten hours", _silence(hours=10))
    yield Hostile("flac of an hour", _silence(hours=1))
    yield Hostile("chain of 300 ogg streams", recording("ogg", "libopus") * 300)
    yield Hostile("chain of 300 mp3 files", recording("mp3", "libmp3lame") * 300)


@cache
def _silence(*, hours: int) -> bytes:
    file = io.BytesIO()
    minute = np.zeros(8_000 * 60, np.int16)
    with soundfile.SoundFile(file, "w", 8_000, 1, format="FLAC", subtype="PCM_16") as sound:
        for _ in range(60 * hours):
            sound.write(minute)
    return file.getvalue()
