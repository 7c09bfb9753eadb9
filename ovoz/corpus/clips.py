"""Clips of a corpus: written as FLAC, described by the fields of their rows."""

import hashlib
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ovoz.audio.encode import write_flac
from ovoz.audio.measures import measure
from ovoz.audio.signal import Samples


def write_clip(root: Path, audio: str, samples: Samples) -> dict[str, Any]:
    """Write a clip and return the fields of an ``Utterance`` that describe it.

    Args:
        root: Folder of the corpus.
        audio: Path of the FLAC file, relative to ``root``.
        samples: float32 [T] at 16 kHz.
    """
    file = write_flac(root / audio, samples)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    return {"audio": audio, "sha256": digest, **asdict(measure(samples))}
