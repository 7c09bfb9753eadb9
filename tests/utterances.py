"""Rows of a manifest for tests: a test states only what it is about."""

from typing import Any

from ovoz.corpus.manifest import Utterance
from ovoz.text.language import utterance_language


def make_utterance(name: str, text: str = "salom bank", **fields: Any) -> Utterance:
    """A clean test utterance of a second called ``name``; ``fields`` replace what it has."""
    given = {
        "id": name,
        "audio": f"{name}.flac",
        "sha256": "0" * 64,
        "duration_s": 1.0,
        "text": text,
        "raw_text": text,
        "languages": utterance_language(text.split()),
        "dialect": "unknown",
        "speaker": "s",
        "source": "test",
        "licence": "CC0-1.0",
        "consent": "given",
        "split": "test",
        "condition": "clean",
        "snr_db": 30,
        "rms_dbfs": -20,
        "clipped_ratio": 0,
        "bandwidth_hz": 8000,
        "speech_ratio": 1,
    }
    return Utterance.model_validate(given | fields)
