"""One recording of a job, of any length, in memory that does not grow with it."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bentos.asr.recognition import Recogniser
from bentos.asr.request import Heard, Recognition
from ovoz.audio.decode import AudioError, decode, stream
from ovoz.audio.signal import SAMPLE_RATE, Samples, Seconds, duration_s
from ovoz.audio.vad import network_path
from ovoz.engine.recording import joined, transcribe_recording
from ovoz.engine.transcript import Transcript

Stopped = Callable[[], bool]


class StoppedError(Exception):
    """Somebody wants the work to end here."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Recordings up to ``whole_s`` are transcribed as ``POST /transcribe`` does, in one piece.

    Longer ones, up to ``longest_s``, stretch by stretch.
    """

    whole_s: Seconds
    longest_s: Seconds


def hear_recording(
    recogniser: Recogniser, path: Path, asked: Recognition, limits: Limits, stopped: Stopped
) -> Heard:
    """What is said in a file; ``stopped`` is asked between its pieces.

    Raises:
        AudioError: the file cannot be taken.
        HotWordsError: the hot words cannot be used.
        OSError: the file is not there.
        StoppedError: ``stopped`` said so.
    """
    started = time.perf_counter()
    try:
        samples = decode(
            path,
            max_duration_s=min(limits.whole_s, limits.longest_s),
            max_bytes=path.stat().st_size,
        )
    except AudioError as error:
        if error.code != "too_long" or limits.longest_s <= limits.whole_s or network_path() is None:
            raise
        transcript, length_s = _in_stretches(recogniser, path, asked, limits, stopped)
    else:
        _go_on(stopped)
        length_s = duration_s(samples)
        transcript = recogniser.transcribe(samples, asked.hint, asked.hot_words)
    took_ms = (time.perf_counter() - started) * 1000
    return Heard(transcript, length_s, took_ms, recogniser.notice)


def _in_stretches(
    recogniser: Recogniser, path: Path, asked: Recognition, limits: Limits, stopped: Stopped
) -> tuple[Transcript, Seconds]:
    engine = _Asked(recogniser, asked)
    pieces = _Counted(stream(path, max_duration_s=limits.longest_s), stopped)
    stretches = list(transcribe_recording(engine, pieces))
    if not stretches:  # nobody speaks
        stretches = engine.transcribe([np.zeros(0, np.float32)])
    return joined(stretches, recogniser.engine.label), pieces.samples / SAMPLE_RATE


class _Asked:
    """A recogniser as an engine, with what was asked for held fast."""

    def __init__(self, recogniser: Recogniser, asked: Recognition) -> None:
        self.model_version = recogniser.engine.model_version
        self._recogniser = recogniser
        self._asked = asked

    def transcribe(self, batch: Sequence[Samples]) -> list[Transcript]:
        """One stretch after the other: there may be as many as there are sentences in a minute."""
        hint, hot_words = self._asked.hint, self._asked.hot_words
        return [self._recogniser.transcribe(samples, hint, hot_words) for samples in batch]


class _Counted:
    """Pieces, counted in ``samples``, until it is to stop."""

    def __init__(self, pieces: Iterable[Samples], stopped: Stopped) -> None:
        self._pieces = pieces
        self._stopped = stopped
        self.samples = 0

    def __iter__(self) -> Iterator[Samples]:
        for piece in self._pieces:
            _go_on(self._stopped)
            self.samples += len(piece)
            yield piece


def _go_on(stopped: Stopped) -> None:
    if stopped():
        raise StoppedError
