"""Dialogues composed from clips of single speakers, with who speaks when; for `diarization.py`.

Turns of one to three clips, or of a short piece of one (an "aha"); pauses and overlaps between
turns; each speaker at a level of their own, all through one telephone line with noise. What counts
as speech of a clip is what voice activity detection finds in it before anything is mixed.
"""

import csv
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

from ovoz.audio.augment.channel import apply_telephone_band
from ovoz.audio.augment.level import speech_level
from ovoz.audio.augment.noise import add_noise
from ovoz.audio.augment.recorded import StoredSamples, draw_noise, store_samples
from ovoz.audio.containers import AudioError
from ovoz.audio.decode import decode
from ovoz.audio.signal import SAMPLE_RATE, Samples, Seconds, duration_s
from ovoz.audio.vad import SpeechSegment, VadConfig, detect_speech

Voices = dict[str, list[Path]]
"""Clips by speaker."""

_PAUSES: Final = VadConfig(min_silence_s=0.3)
_LEVEL: Final = 10 ** (-26 / 20)
_GAINS_DB: Final = (-6.0, 6.0)
_SNR_DB: Final = (10.0, 30.0)
_OVERLAPPED: Final = 0.25
"""Share of the changes of speaker that overlap; in calls it is higher, and overlaps are shorter."""
_BACKCHANNELS: Final = 0.15
_MIN_CLIPS: Final = 3


@dataclass(frozen=True, slots=True)
class SpokenTurn:
    """Speech of one speaker without a pause, in seconds of the dialogue."""

    speaker: str
    start_s: Seconds
    end_s: Seconds


@dataclass(frozen=True, slots=True)
class Dialogue:
    """A mono recording, and who speaks when in it."""

    name: str
    samples: Samples
    turns: tuple[SpokenTurn, ...]

    @property
    def speakers(self) -> set[str]:
        """Those who speak."""
        return {turn.speaker for turn in self.turns}


def read_voices(corpus: Path, split: str) -> Voices:
    """The clips of a split by speaker; speakers with fewer than three are left out."""
    voices: Voices = defaultdict(list)
    with (corpus / "metadata.csv").open(encoding="utf-8", newline="") as table:
        for row in csv.DictReader(table):
            if row["split"] == split:
                voices[row["speaker"]].append(corpus / row["audio"])
    return {name: clips for name, clips in sorted(voices.items()) if len(clips) >= _MIN_CLIPS}


def read_noises(folder: Path) -> list[StoredSamples]:
    """The recordings of a folder that can be decoded."""
    found = []
    for path in sorted(folder.iterdir()):
        try:
            found.append(store_samples(decode(path, max_duration_s=600)))
        except AudioError:
            continue
    return found


def compose(
    name: str,
    voices: Voices,
    speakers: int,
    length_s: Seconds,
    noises: Sequence[StoredSamples],
    rng: np.random.Generator,
) -> Dialogue:
    """A dialogue of ``speakers`` drawn speakers, each of whom has at least two turns."""
    names = [str(one) for one in rng.choice(sorted(voices), speakers, replace=False)]
    gains = {one: 10 ** (rng.uniform(*_GAINS_DB) / 20) for one in names}
    pieces: list[tuple[int, Samples]] = []
    turns: list[SpokenTurn] = []
    end = 0
    for speaker in _draw_order(names, rng):
        if end / SAMPLE_RATE > length_s and {turn.speaker for turn in turns} == set(names):
            break
        spoken, segments = _draw_turn(voices[speaker], rng)
        start = max(0, end + round(_draw_gap_s(rng) * SAMPLE_RATE))
        pieces.append((start, spoken * np.float32(gains[speaker])))
        offset = start / SAMPLE_RATE
        turns += [SpokenTurn(speaker, offset + first, offset + last) for first, last in segments]
        end = max(end, start + len(spoken))
    whole = np.zeros(end + SAMPLE_RATE // 2, np.float32)
    for start, spoken in pieces:
        whole[start : start + len(spoken)] += spoken
    noise = draw_noise(noises, len(whole), rng)
    heard = apply_telephone_band(add_noise(whole, noise, rng.uniform(*_SNR_DB)))
    return Dialogue(name, np.clip(heard, -1, 1).astype(np.float32), tuple(turns))


def _draw_order(names: Sequence[str], rng: np.random.Generator) -> list[str]:
    """Who speaks after whom: everybody twice at first, and never one speaker twice in a row."""
    order: list[str] = []
    for _ in range(2):
        for name in rng.permutation(names):
            if not order or order[-1] != str(name):
                order.append(str(name))
    shares = rng.dirichlet(np.full(len(names), 2.0))
    while len(order) < 200:
        following = str(rng.choice(list(names), p=shares))
        if following != order[-1]:
            order.append(following)
    return order


def _draw_gap_s(rng: np.random.Generator) -> Seconds:
    """Seconds from the end of a turn to the next one; negative where they overlap."""
    if rng.random() < _OVERLAPPED:
        return -float(rng.uniform(0.2, 1.2))
    return float(min(rng.exponential(0.4), 3.0))


def _draw_turn(
    clips: Sequence[Path], rng: np.random.Generator
) -> tuple[Samples, list[tuple[Seconds, Seconds]]]:
    """Speech of one speaker, without silence at its ends, and where in it there is speech."""
    is_short = rng.random() < _BACKCHANNELS
    count = 1 if is_short else int(rng.integers(1, 4))
    samples = np.concatenate(
        [_read_trimmed(clips[int(rng.integers(len(clips)))]) for _ in range(count)]
    )
    if is_short:
        length = round(rng.uniform(0.6, 1.5) * SAMPLE_RATE)
        start = int(rng.integers(max(1, len(samples) - length)))
        samples = samples[start : start + length]
    segments = [(one.start_s, one.end_s) for one in detect_speech(samples, _PAUSES)]
    return samples, segments or [(0.0, len(samples) / SAMPLE_RATE)]


@cache
def _read_trimmed(clip: Path) -> Samples:
    """A clip from its first to its last word, whose speech has a level of -26 dBFS."""
    samples = decode(clip)
    found = detect_speech(samples) or [SpeechSegment(0.0, duration_s(samples))]
    spoken = samples[round(found[0].start_s * SAMPLE_RATE) : round(found[-1].end_s * SAMPLE_RATE)]
    return spoken * np.float32(_LEVEL / max(speech_level(spoken), 1e-4))
