"""One recording of a job, of any length, in memory that does not grow with it."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from ovoz.audio.containers import AudioError
from ovoz.audio.losses import Losses
from ovoz.audio.measures import measure
from ovoz.audio.recovery import recover, recover_stream
from ovoz.audio.signal import SAMPLE_RATE, Samples, Seconds, duration_s
from ovoz.audio.vad import find_network
from ovoz.decoding.hot_words import HotWordsError
from ovoz.engine.recording import join_transcripts, transcribe_recording
from ovoz.engine.transcript import Transcript
from ovoz.serving.inference.diarization import Diarization
from ovoz.serving.inference.model import Model
from ovoz.serving.inference.options import RecognitionOptions, RecognitionRequest
from ovoz.serving.inference.redaction import redact_transcript
from ovoz.serving.recognition import Recognition

_NOTHING: Final = np.zeros(0, np.float32)

Stopped = Callable[[], bool]
Note = Callable[[Recognition], None]


class StoppedError(Exception):
    """Somebody wants the work to end here."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Recordings up to ``whole_s`` are transcribed as ``POST /transcribe`` does, in one piece.

    Longer ones, up to ``longest_s``, stretch by stretch.
    """

    whole_s: Seconds
    longest_s: Seconds
    max_lost_share: float


def recognise_recording(
    model: Model,
    path: Path,
    options: RecognitionOptions,
    limits: Limits,
    stopped: Stopped,
    *,
    request_id: str = "",
    note: Note | None = None,
    diarization: Diarization | None = None,
) -> Recognition:
    """What is said in a file; ``stopped`` is asked between its pieces.

    ``note`` is given every segment with its measures, for the traffic log; ``diarization`` finds
    speakers where ``options`` ask for them, for which a long file is read a second time.

    Raises:
        AudioError: the file cannot be taken.
        ConnectionError: the model is elsewhere and does not answer.
        HotWordsError: the hot words cannot be used.
        OSError: the file is not there.
        OverloadedError: the model is elsewhere and has no place.
        StoppedError: ``stopped`` said so.
        WritingError: nothing can be taken out of a transcript in these languages.
    """
    started = time.perf_counter()
    engine = _ModelAsEngine(model, options, note)
    try:
        samples, losses = recover(
            path,
            max_duration_s=min(limits.whole_s, limits.longest_s),
            max_bytes=path.stat().st_size,
            max_lost_share=limits.max_lost_share,
        )
    except AudioError as error:
        if error.code != "too_long" or limits.longest_s <= limits.whole_s or find_network() is None:
            raise
        losses = Losses()
        recovered = recover_stream(
            path,
            losses,
            max_duration_s=limits.longest_s,
            max_lost_share=limits.max_lost_share,
        )
        pieces = _Counted(recovered, stopped)
        transcript = _transcribe_stretches(engine, pieces)
        length_s = pieces.samples / SAMPLE_RATE

        def reopen() -> Iterable[Samples]:
            return _Counted(_read_again(path, limits), stopped)
    else:
        _go_on(stopped)
        length_s = duration_s(samples)
        (transcript,) = engine.transcribe([samples])

        def reopen() -> Iterable[Samples]:
            return [samples]

    transcript = redact_transcript(transcript, options)
    if diarization is not None:
        transcript = diarization.name_speakers(transcript, reopen, options)
    return Recognition(
        transcript,
        duration_s=length_s,
        processing_ms=(time.perf_counter() - started) * 1000,
        notice=model.info.notice,
        request_id=request_id,
        engine_ms=engine.took_s * 1000,
        losses=tuple(losses.listed),
    )


def _transcribe_stretches(engine: "_ModelAsEngine", pieces: Iterable[Samples]) -> Transcript:
    # Where nobody speaks there is no stretch.
    stretches = list(transcribe_recording(engine, pieces)) or engine.transcribe([_NOTHING])
    return join_transcripts(stretches)


class _ModelAsEngine:
    """A model as an engine, under the options of one recording; ``took_s`` is its time."""

    def __init__(self, model: Model, options: RecognitionOptions, note: Note | None) -> None:
        self.model_version = model.info.version
        self.took_s: Seconds = 0.0
        self._model = model
        self._options = options
        self._note = note

    def transcribe(self, batch: Sequence[Samples]) -> list[Transcript]:
        """One stretch after the other: there may be as many as there are sentences in a minute."""
        return [self._transcribed(samples) for samples in batch]

    def _transcribed(self, samples: Samples) -> Transcript:
        request = RecognitionRequest(samples, self._options)
        started = time.perf_counter()
        (transcript,) = self._model.transcribe_all([request])
        if isinstance(transcript, HotWordsError):
            raise transcript
        self.took_s += transcript.timings.network_s + transcript.timings.decoding_s
        if self._note is not None and len(samples):
            took_ms = (time.perf_counter() - started) * 1000
            self._note(self._segment(samples, transcript, took_ms))
        return transcript

    def _segment(self, samples: Samples, transcript: Transcript, took_ms: float) -> Recognition:
        return Recognition(
            transcript,
            duration_s=duration_s(samples),
            processing_ms=took_ms,
            notice=self._model.info.notice,
            request_id="",
            measures=measure(samples),
        )


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


def _read_again(path: Path, limits: Limits) -> Iterator[Samples]:
    """A file that was read before: what of it is lost has been told."""
    return recover_stream(path, Losses(), max_duration_s=limits.longest_s, max_lost_share=1.0)


def _go_on(stopped: Stopped) -> None:
    if stopped():
        raise StoppedError
