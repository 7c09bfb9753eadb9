"""Decoding: every container in use, damaged files, and files that only look like audio."""

import io
import struct
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from ovoz.audio.containers import AudioError
from ovoz.audio.decode import decode
from ovoz.audio.encode import write_flac

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data" / "audio"
TONE = (0.4 * np.sin(2 * np.pi * 440 * np.arange(32_000) / 16_000)).astype(np.float32)


def encoded(container: str, codec: str, rate: int = 48_000, layout: str = "stereo") -> bytes:
    """The tone, two seconds, written by FFmpeg."""
    time_s = np.arange(2 * rate) / rate
    signal = (0.4 * np.sin(2 * np.pi * 440 * time_s)).astype(np.float32)
    file = io.BytesIO()
    with av.open(file, "w", format=container) as output:
        stream = output.add_stream(codec, rate=rate, layout=layout)
        channels = len(stream.layout.channels)
        frame = av.AudioFrame.from_ndarray(
            np.tile(signal, (channels, 1)), format="fltp", layout=layout
        )
        frame.sample_rate = rate
        resampler = av.AudioResampler(stream.format, stream.layout, rate, stream.frame_size or None)
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            output.mux(stream.encode(piece))
        output.mux(stream.encode(None))
    return file.getvalue()


@pytest.mark.parametrize(
    ("container", "codec"),
    [
        ("wav", "pcm_s16le"),
        ("wav", "pcm_f32le"),
        ("mp3", "libmp3lame"),
        ("ogg", "libopus"),
        ("flac", "flac"),
        ("ipod", "aac"),  # .m4a
        ("webm", "libopus"),
        ("adts", "aac"),
        ("aiff", "pcm_s16be"),
    ],
)
@pytest.mark.parametrize("layout", ["mono", "stereo"])
def test_container(container: str, codec: str, layout: str) -> None:
    samples = decode(encoded(container, codec, layout=layout))
    assert samples.dtype == np.float32
    assert len(samples) == pytest.approx(32_000, rel=0.05)
    middle = samples[8_000:24_000]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle))))
    assert np.argmax(spectrum) * 16_000 / len(middle) == pytest.approx(440, abs=5)
    assert np.sqrt(np.mean(middle**2)) == pytest.approx(0.4 / np.sqrt(2), rel=0.05)


@pytest.mark.parametrize("rate", [8_000, 11_025, 22_050, 44_100, 96_000])
def test_any_rate(rate: int) -> None:
    file = io.BytesIO()
    soundfile.write(file, np.zeros(rate), rate, format="WAV")
    assert len(decode(file.getvalue())) == pytest.approx(16_000, abs=2)


def test_flac_round_trip(tmp_path: Path) -> None:
    path = write_flac(tmp_path / "tone.audio", TONE)
    assert np.abs(decode(path) - TONE).max() < 1 / 30_000
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"hello" * 100, "unreadable"),
        (b"RIFF\x00\x00\x00\x00WAVE", "unreadable"),
        (b"\x89PNG\r\n\x1a\n" + bytes(200), "unreadable"),
    ],
)
def test_what_is_not_audio_is_refused(content: bytes, code: str, tmp_path: Path) -> None:
    for source in (content, io.BytesIO(content)):
        with pytest.raises(AudioError) as caught:
            decode(source)
        assert caught.value.code == code
        assert "Errno" not in str(caught.value)
    (tmp_path / "x.wav").write_bytes(content)
    with pytest.raises(AudioError):
        decode(tmp_path / "x.wav")


def wav(rate: int, channels: int, samples: bytes, bits: int = 16, kind: int = 1) -> bytes:
    align = channels * bits // 8
    header = struct.pack("<HHIIHH", kind, channels, rate, rate * align, align, bits)
    body = b"fmt " + struct.pack("<I", 16) + header + b"data" + struct.pack("<I", len(samples))
    return b"RIFF" + struct.pack("<I", 4 + len(body) + len(samples)) + b"WAVE" + body + samples


@pytest.mark.parametrize(("rate", "channels"), [(1, 1), (384_000, 1), (16_000, 64)])
def test_format_out_of_range(rate: int, channels: int) -> None:
    with pytest.raises(AudioError) as caught:
        decode(wav(rate, channels, bytes(channels * 2 * 1000)))
    assert caught.value.code == "bad_format"


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"])
def test_every_sample_format_has_the_same_level(subtype: str) -> None:
    file = io.BytesIO()
    soundfile.write(file, np.stack([TONE, TONE], axis=1), 16_000, format="WAV", subtype=subtype)
    assert np.abs(decode(file.getvalue()) - TONE).max() < 1 / 100


@pytest.mark.parametrize("rate", [16_000, 48_000])
@pytest.mark.parametrize("gain", [5, 1e37])
def test_louder_than_full_scale_is_clipped(rate: int, gain: float) -> None:
    file = io.BytesIO()
    soundfile.write(file, TONE * np.float32(gain), rate, format="WAV", subtype="FLOAT")
    assert np.abs(decode(file.getvalue())).max() == 1.0


def test_a_stream_is_read_from_its_start() -> None:
    file = io.BytesIO(encoded("ogg", "libopus"))
    file.seek(100)
    assert len(decode(file)) == pytest.approx(32_000, rel=0.05)


@pytest.mark.parametrize(
    "playlist",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:2,\nfile://{path}\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile {path}\n",
    ],
)
def test_a_playlist_opens_no_other_file(tmp_path: Path, playlist: str) -> None:
    (tmp_path / "secret.mp3").write_bytes(encoded("mp3", "libmp3lame"))
    content = playlist.format(path=tmp_path / "secret.mp3").encode()
    (tmp_path / "upload.m3u8").write_bytes(content)
    for source in (content, tmp_path / "upload.m3u8"):
        with pytest.raises(AudioError) as caught:
            decode(source)
        assert caught.value.code == "unreadable"


def test_tags_in_an_old_code_page_do_not_matter() -> None:
    title = b"\x00" + "Запись".encode("cp1251")
    frame = b"TIT2" + struct.pack(">IH", len(title), 0) + title
    tag = b"ID3\x03\x00\x00" + bytes([0, 0, 0, len(frame)]) + frame
    assert len(decode(tag + encoded("mp3", "libmp3lame"))) > 30_000


def test_file_names_are_never_read_as_protocols(tmp_path: Path) -> None:
    path = tmp_path / "concat:a|b?.flac"
    path.write_bytes(encoded("flac", "flac"))
    assert len(decode(path)) == pytest.approx(32_000, abs=2)
    with pytest.raises(FileNotFoundError):
        decode(tmp_path / "none.wav")
    with pytest.raises(AudioError):
        decode(tmp_path)


def test_a_header_that_promises_hours_takes_no_memory() -> None:
    promised = bytearray(wav(16_000, 1, bytes(2000)))
    promised[40:44] = struct.pack("<I", 0x7FFF_F000)
    assert len(decode(bytes(promised))) == 1000
    flac = io.BytesIO()
    soundfile.write(flac, TONE, 16_000, format="FLAC")
    promised = bytearray(flac.getvalue())
    promised[22:26] = b"\xff\xff\xff\xff"  # total samples in STREAMINFO
    assert len(decode(bytes(promised))) == len(TONE)


@pytest.mark.parametrize(("container", "codec"), [("flac", "flac"), ("ipod", "aac")])
def test_cut_short_is_refused_where_the_format_can_tell(container: str, codec: str) -> None:
    content = encoded(container, codec)
    with pytest.raises(AudioError) as caught:
        decode(content[: len(content) // 2])
    assert caught.value.code == "unreadable"


def test_nan_is_refused() -> None:
    content = wav(16_000, 1, struct.pack("<4f", 0, float("nan"), 0, 0) * 400, bits=32, kind=3)
    with pytest.raises(AudioError) as caught:
        decode(content)
    assert caught.value.code == "not_finite"


@pytest.mark.parametrize("as_file", [True, False])
def test_hours_of_sound_in_a_small_file_stop_at_the_limit(tmp_path: Path, as_file: bool) -> None:
    path = tmp_path / "bomb.flac"
    with soundfile.SoundFile(path, "w", 16_000, 1, "PCM_16") as file:
        for _ in range(1200):
            file.write(np.zeros(16_000, np.int16))
    assert path.stat().st_size < 300_000
    with pytest.raises(AudioError) as caught:
        decode(path if as_file else path.read_bytes(), max_duration_s=60)
    assert caught.value.code == "too_long"


def test_fewer_samples_than_one_at_16_khz_are_refused() -> None:
    with pytest.raises(AudioError) as caught:
        decode(wav(192_000, 1, b"\0\0"))
    assert caught.value.code == "empty"


def test_too_many_bytes() -> None:
    with pytest.raises(AudioError) as caught:
        decode(bytes(2000), max_bytes=1000)
    assert caught.value.code == "too_large"


def test_video_without_sound() -> None:
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as output:
        stream = output.add_stream("mpeg4", rate=5)
        stream.width = stream.height = 16
        frame = av.VideoFrame.from_ndarray(np.zeros((16, 16, 3), np.uint8), format="rgb24")
        output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    with pytest.raises(AudioError) as caught:
        decode(file.getvalue())
    assert caught.value.code == "no_audio"


WHOLE = [
    encoded(container, codec)
    for container, codec in [
        ("wav", "pcm_f32le"),
        ("flac", "flac"),
        ("mp3", "libmp3lame"),
        ("ogg", "libopus"),
        ("ipod", "aac"),
        ("webm", "libopus"),
    ]
]


@settings(max_examples=120, deadline=None)
@given(
    st.sampled_from(WHOLE),
    st.integers(0, 2**20),
    st.booleans(),
    st.binary(min_size=1, max_size=8),
)
@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_damaged_files_end_in_audio_or_in_a_named_error(
    whole: bytes, place: int, in_header: bool, noise: bytes
) -> None:
    place %= 200 if in_header else len(whole)
    for content in (whole[:place], whole[:place] + noise + whole[place + len(noise) :]):
        try:
            samples = decode(content, max_duration_s=30)
        except AudioError as error:
            assert error.code
        else:
            assert len(samples) > 0
            assert np.abs(samples).max() <= 1.0


@pytest.mark.skipif(not SHARED.exists(), reason="the shared recordings are not beside the checkout")
@pytest.mark.parametrize(
    ("name", "seconds"),
    [("ru_pisets_test_sound_ru.wav", 3.2), ("uz_uzbekvoice_00013464.wav", 18.0)],
)
def test_real_recording(name: str, seconds: float) -> None:
    assert len(decode(SHARED / name)) / 16_000 == pytest.approx(seconds, abs=0.1)
