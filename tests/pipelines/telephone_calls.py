"""People who call over the telephone: synthetic speech in its band, recorded and put to a service.

The service logs what it hears by today's date; days go by when the log's files are dated anew.
"""

import csv
import datetime as dt
import time
from pathlib import Path

import httpx
import numpy as np
import pyarrow.parquet as pq

from ovoz.audio.augment.channel import apply_telephone_band
from ovoz.audio.decode import decode
from ovoz.audio.encode import write_flac
from ovoz.audio.signal import Samples
from ovoz.corpus.manifest import Split, read_manifest
from ovoz.corpus.synthetic.config import SyntheticConfig
from ovoz.corpus.synthetic.generate import generate


def record_calls(config: SyntheticConfig, spoken: Path, folder: Path) -> list[Path]:
    """A corpus of the source ``folder`` in the telephone band; returns the clips of its test split.

    Args:
        config: What is said, and by how many voices.
        spoken: Where the speech is kept as it was synthesised.
        folder: The corpus.
    """
    rows = read_manifest(generate(config, spoken))
    for row in rows:
        clip = folder / row.audio
        clip.parent.mkdir(parents=True, exist_ok=True)
        write_flac(clip, _over_telephone(decode(spoken / row.audio)))
    with (folder / "metadata.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["audio", "text", "speaker", "split"])
        table.writerows((row.audio, row.raw_text, row.speaker, row.split.value) for row in rows)
    return [folder / row.audio for row in rows if row.split is Split.TEST]


def _over_telephone(samples: Samples) -> Samples:
    """In the telephone band and as loud as before, as a network's gain control has it."""
    narrow = apply_telephone_band(samples)
    gain = np.sqrt(np.mean(np.square(samples)) / np.mean(np.square(narrow)))
    return np.clip(narrow * gain, -1, 1).astype(np.float32)


class TrafficCalendar:
    """Days of calls to a service, one after the other.

    Args:
        log: The traffic log of the service.
        dated: The same log by simulated dates.
        first: The first of them.
    """

    def __init__(self, log: Path, dated: Path, first: dt.date) -> None:
        self._log = log
        self._dated = dated
        self._random = np.random.default_rng(3)
        self.today = first

    def pass_day(self, client: httpx.Client, clips: list[Path], calls: int) -> None:
        """A whole day of so many calls."""
        self.call(client, clips, calls)
        self.end_day(calls)

    def call(self, client: httpx.Client, clips: list[Path], calls: int) -> None:
        """So many calls, each of a clip that is drawn evenly."""
        for _ in range(calls):
            clip = clips[self._random.integers(len(clips))]
            answer = client.post("/transcribe", files={"file": clip.read_bytes()})
            answer.raise_for_status()

    def end_day(self, calls: int) -> None:
        """Wait until the calls of today are logged, date them, and let tomorrow begin."""
        deadline = time.monotonic() + 60
        while sum(pq.read_metadata(file).num_rows for file in self._files()) < calls:
            assert time.monotonic() < deadline, "the log does not have all calls"
            time.sleep(0.1)
        hour = self._dated / f"date={self.today}" / "hour=12"
        hour.mkdir(parents=True)
        for file in self._files():
            file.rename(hour / file.name)
        self.today += dt.timedelta(1)

    def _files(self) -> list[Path]:
        return list(self._log.glob("date=*/hour=*/[!.]*.parquet"))
