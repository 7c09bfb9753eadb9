"""Real codecs: speech is encoded and decoded again."""

import io
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, cast

import av
import numpy as np
import soundfile
import soxr

from ovoz.audio.augment.level import fit
from ovoz.audio.decode import decode
from ovoz.audio.signal import SAMPLE_RATE, Samples

_SHORTEST: Final = 1600
"""Encoders work in blocks: what is shorter is filled up."""


class Codec(StrEnum):
    """A lossy way of storing or sending speech."""

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
class _File:
    """A codec that libsndfile writes."""

    container: str
    subtype: str
    rate: int


@dataclass(frozen=True, slots=True)
class _Stream:
    """A codec that FFmpeg writes; ``options`` ask for the fastest search."""

    container: str
    encoder: str
    rate: int
    bit_rate: int
    options: dict[str, str] = field(default_factory=dict)


_FORMS: Final[dict[Codec, _File | _Stream]] = {
    Codec.MU_LAW: _File("WAV", "ULAW", 8_000),
    Codec.GSM: _File("WAV", "GSM610", 8_000),
    Codec.AMR: _Stream("amr", "libopencore_amrnb", 8_000, 5_900),
    Codec.OPUS: _Stream(
        "ogg", "libopus", SAMPLE_RATE, 12_000, {"application": "voip", "compression_level": "0"}
    ),
    Codec.MP3: _Stream("mp3", "libmp3lame", SAMPLE_RATE, 24_000, {"compression_level": "9"}),
}


def through_codec(samples: Samples, codec: Codec) -> Samples:
    """Encode and decode float32 [T] at 16 kHz; the length stays."""
    form = _FORMS[codec]
    signal = np.clip(fit(samples, max(len(samples), _SHORTEST)), -1.0, 1.0)
    if form.rate != SAMPLE_RATE:
        signal = soxr.resample(signal, SAMPLE_RATE, form.rate, quality="MQ")
    coded = _file(signal, form) if isinstance(form, _File) else _stream(signal, form)
    return fit(decode(coded), len(samples))


def _file(signal: Samples, form: _File) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, signal, form.rate, format=form.container, subtype=form.subtype)
    return file.getvalue()


def _stream(signal: Samples, form: _Stream) -> bytes:
    whole = np.round(signal * 32_767).astype(np.int16)
    frame = av.AudioFrame.from_ndarray(whole[None], format="s16", layout="mono")
    frame.sample_rate = form.rate
    file = io.BytesIO()
    with av.open(file, "w", format=form.container) as container:
        stream = cast(
            "av.AudioStream",
            container.add_stream(form.encoder, form.rate, layout="mono", options=form.options),
        )
        stream.bit_rate = form.bit_rate
        cutter = av.AudioResampler(stream.format, stream.layout, form.rate, stream.frame_size)
        for piece in [*cutter.resample(frame), *cutter.resample(None)]:
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))
    return file.getvalue()
