"""Lossy codecs: encodes and decodes a signal with a real encoder."""

import io
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, cast

import av
import numpy as np
import soundfile
import soxr

from ovoz.audio.augment.level import fit_length
from ovoz.audio.decode import decode
from ovoz.audio.signal import SAMPLE_RATE, Samples

_SHORTEST: Final = 1600
"""Encoders work in blocks: shorter signals are padded to this length, in samples."""


class Codec(StrEnum):
    """A lossy codec."""

    MU_LAW = "mu-law"
    """G.711 at 8 kHz: fixed telephone lines."""
    GSM = "gsm"
    """GSM 06.10 full rate, 8 kHz, 13 kbit/s."""
    AMR = "amr"
    """AMR narrow band, 8 kHz, 5.9 kbit/s: mobile calls."""
    OPUS = "opus"
    """Opus in Ogg, 12 kbit/s: voice messages on a thin line."""
    MP3 = "mp3"
    """MP3 at 24 kbit/s."""


@dataclass(frozen=True, slots=True)
class _SoundfileFormat:
    """A codec encoded by libsndfile."""

    container: str
    subtype: str
    rate: int


@dataclass(frozen=True, slots=True)
class _FfmpegFormat:
    """A codec encoded by FFmpeg; ``options`` select the fastest search."""

    container: str
    encoder: str
    rate: int
    bit_rate: int
    options: dict[str, str] = field(default_factory=dict)


_FORMATS: Final[dict[Codec, _SoundfileFormat | _FfmpegFormat]] = {
    Codec.MU_LAW: _SoundfileFormat("WAV", "ULAW", 8_000),
    Codec.GSM: _SoundfileFormat("WAV", "GSM610", 8_000),
    Codec.AMR: _FfmpegFormat("amr", "libopencore_amrnb", 8_000, 5_900),
    Codec.OPUS: _FfmpegFormat(
        "ogg", "libopus", SAMPLE_RATE, 12_000, {"application": "voip", "compression_level": "0"}
    ),
    Codec.MP3: _FfmpegFormat("mp3", "libmp3lame", SAMPLE_RATE, 24_000, {"compression_level": "9"}),
}


def apply_codec(samples: Samples, codec: Codec) -> Samples:
    """Encode and decode float32 [T] at 16 kHz, keeping the length."""
    coding = _FORMATS[codec]
    signal = np.clip(fit_length(samples, max(len(samples), _SHORTEST)), -1.0, 1.0)
    if coding.rate != SAMPLE_RATE:
        signal = soxr.resample(signal, SAMPLE_RATE, coding.rate, quality="MQ")
    if isinstance(coding, _SoundfileFormat):
        return fit_length(decode(_encode_by_libsndfile(signal, coding)), len(samples))
    return fit_length(decode(_encode_by_ffmpeg(signal, coding)), len(samples))


def _encode_by_libsndfile(signal: Samples, coding: _SoundfileFormat) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, signal, coding.rate, format=coding.container, subtype=coding.subtype)
    return file.getvalue()


def _encode_by_ffmpeg(signal: Samples, coding: _FfmpegFormat) -> bytes:
    whole = np.round(signal * 32_767).astype(np.int16)
    frame = av.AudioFrame.from_ndarray(whole[None], format="s16", layout="mono")
    frame.sample_rate = coding.rate
    file = io.BytesIO()
    with av.open(file, "w", format=coding.container) as container:
        stream = cast(
            "av.AudioStream",
            container.add_stream(
                coding.encoder, coding.rate, layout="mono", options=coding.options
            ),
        )
        stream.bit_rate = coding.bit_rate
        cutter = av.AudioResampler(stream.format, stream.layout, coding.rate, stream.frame_size)
        for piece in [*cutter.resample(frame), *cutter.resample(None)]:
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))
    return file.getvalue()
