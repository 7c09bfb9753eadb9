"""Clips that months of traffic are drawn from: synthetic speech, or real recordings."""

import csv
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ovoz.audio.decode import decode
from ovoz.audio.signal import Samples
from ovoz.corpus.manifest import read_manifest
from ovoz.corpus.synthetic.config import SyntheticConfig
from ovoz.corpus.synthetic.generate import generate
from ovoz.text.pack import load_pack


@dataclass(frozen=True)
class Clip:
    """One clip of the pool."""

    samples: Samples
    text: str
    speaker: str


def load_clips(recordings: Path | None, most: int = 1_000) -> list[Clip]:
    """The pool: synthetic utterances, or those of a folder; the same ones every time."""
    if recordings is None:
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch) / "corpus"
            made = read_manifest(generate(SyntheticConfig(train=900, dev=10, test=60), folder))
            return [Clip(decode(folder / row.audio), row.text, row.speaker) for row in made]
    with (recordings / "metadata.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    chosen = np.random.default_rng(0).permutation(len(rows))[:most]
    pack = load_pack("uz-ru")
    return [
        Clip(
            decode(recordings / rows[place]["audio"]),
            pack.canonical(rows[place]["text"]),
            rows[place]["speaker"],
        )
        for place in chosen
    ]
