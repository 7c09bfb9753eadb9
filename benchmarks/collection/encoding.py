"""Ogg with Opus, as Telegram's clients send voice messages."""

import io

import soundfile

from ovoz.audio.signal import SAMPLE_RATE, Samples


def encode_opus(samples: Samples) -> bytes:
    """The bytes of a file of float32 [T] at 16 kHz."""
    file = io.BytesIO()
    soundfile.write(file, samples, SAMPLE_RATE, format="OGG", subtype="OPUS")
    return file.getvalue()
