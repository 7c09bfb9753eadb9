"""Writes audio files: FLAC and WAV, 16 bits."""

import os
from pathlib import Path

import soundfile

from ovoz.audio.signal import SAMPLE_RATE, Samples


def write_flac(path: Path, samples: Samples) -> Path:
    """Write float32 [T] at 16 kHz as 16-bit FLAC; the file appears complete or not at all."""
    return _write(path, samples, "FLAC")


def write_wav(path: Path, samples: Samples) -> Path:
    """Write float32 [T] at 16 kHz as 16-bit WAV; the file appears complete or not at all."""
    return _write(path, samples, "WAV")


def _write(path: Path, samples: Samples, container: str) -> Path:
    # Not ovoz.files.atomic_file: it flushes every file to disk and lists the folder for leftovers,
    # which is too slow for a folder of 100,000 clips. Readers check the digest of each clip.
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        soundfile.write(unfinished, samples, SAMPLE_RATE, format=container, subtype="PCM_16")
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return path
