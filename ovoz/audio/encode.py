"""Writes audio: 16-bit FLAC."""

import io
import os
from pathlib import Path

import soundfile

from ovoz.audio.signal import SAMPLE_RATE, Samples


def write_flac(path: Path, samples: Samples) -> Path:
    """Write float32 [T] at 16 kHz as 16-bit FLAC; the file appears complete or not at all."""
    # Not ovoz.files.atomic_file: it flushes every file to disk and lists the folder for leftovers,
    # which is too slow for a folder of 100,000 clips. Digests in the manifest find damaged clips.
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        soundfile.write(unfinished, samples, SAMPLE_RATE, format="FLAC", subtype="PCM_16")
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return path


def encode_flac(samples: Samples) -> bytes:
    """The bytes of a FLAC file of float32 [T] at 16 kHz, 16 bits a sample."""
    file = io.BytesIO()
    soundfile.write(file, samples, SAMPLE_RATE, format="FLAC", subtype="PCM_16")
    return file.getvalue()
