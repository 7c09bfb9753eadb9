"""A small sound corpus without a synthesizer, for the rooms that only read corpora."""

import hashlib
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr

from ovoz.audio.encode import write_flac
from ovoz.audio.measures import measure
from ovoz.corpus.manifest import Condition, Dialect, Split, Utterance, write_manifest
from ovoz.corpus.synthetic.speech import Speaker
from ovoz.corpus.synthetic.voices import cast
from ovoz.text.language import utterance_language

TEXTS = ["kartani bering", "где мой заказ", "заказni oldim", "pul keldi", "новый счёт", "chek qani"]


@cache
def spoken() -> np.ndarray:
    """Ten seconds of espeak-ng without a pause at the start."""
    ((voice,),) = cast(1, 1)
    samples = Speaker().say(" ".join(f"{text} va {text}" for text in TEXTS), voice)
    return samples[np.flatnonzero(np.abs(samples) > 0.05)[0] :]


def tone(seconds: float, hertz: float) -> np.ndarray:
    """Speech without a pause, higher the more ``hertz``: no two are the same samples."""
    faster = soxr.resample(spoken(), 16_000 * (0.8 + hertz / 1000), 16_000)
    return np.resize(faster, int(seconds * 16_000)).astype(np.float32)


@pytest.fixture
def corpus(tmp_path: Path) -> tuple[Path, list[Utterance]]:
    """Manifest path and rows: three train, one dev, two test utterances."""
    folder = tmp_path / "corpus"
    (folder / "audio").mkdir(parents=True)
    splits = [Split.TRAIN, Split.TRAIN, Split.TRAIN, Split.DEV, Split.TEST, Split.TEST]
    rows = []
    for number, (text, split) in enumerate(zip(TEXTS, splits, strict=True)):
        samples = tone(1.0 + 0.1 * number, 150 + 20 * number)
        audio = write_flac(folder / "audio" / f"{number}.flac", samples)
        measured = measure(samples)
        rows.append(
            Utterance(
                id=f"u{number}",
                audio=f"audio/{number}.flac",
                sha256=hashlib.sha256(audio.read_bytes()).hexdigest(),
                duration_s=measured.duration_s,
                text=text,
                raw_text=text,
                languages=utterance_language(text.split()),
                dialect=Dialect.UNKNOWN,
                speaker=f"{split.value}-speaker",
                source="test",
                licence="CC0-1.0",
                consent="given",
                split=split,
                condition=Condition.CLEAN,
                snr_db=measured.snr_db,
                rms_dbfs=measured.rms_dbfs,
                clipped_ratio=measured.clipped_ratio,
                bandwidth_hz=measured.bandwidth_hz,
                speech_ratio=measured.speech_ratio,
            )
        )
    return write_manifest(rows, folder / "manifest.parquet"), rows


WORDS = ["salom", "kartani", "bering", "pulim", "keldi", "rahmat", "chek", "qani", "katta", "uy"]


def sentence(number: int) -> str:
    return f"{WORDS[number % len(WORDS)]} {WORDS[number // len(WORDS) % len(WORDS)]} bor"


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """Forty recordings by twenty speakers, each sentence once."""
    folder = tmp_path / "mine"
    folder.mkdir()
    rows = ["audio,text,speaker"]
    for number in range(40):
        soundfile.write(folder / f"{number}.wav", tone(1.2, 100 + 5 * number), 16_000)
        rows.append(f"{number}.wav,{sentence(number)},s{number // 2}")
    (folder / "metadata.csv").write_text("\n".join(rows), "utf-8")
    return folder
