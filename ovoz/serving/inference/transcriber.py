"""One recording of a request: decoded, transcribed, timed."""

import asyncio
import math
import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import BinaryIO

from fastapi import Request
from fastapi.concurrency import run_in_threadpool

from ovoz.audio.decode import decode
from ovoz.audio.measures import Measures, measure
from ovoz.audio.signal import Samples, Seconds, duration_s
from ovoz.engine.transcript import Transcript
from ovoz.serving.api.feedback import Transcripts, caller_name
from ovoz.serving.inference.deadline import patience_s, while_client_waits
from ovoz.serving.inference.model import Model
from ovoz.serving.inference.options import RecognitionOptions, RecognitionRequest
from ovoz.serving.inference.queue import ModelQueue, OverloadedError
from ovoz.serving.inference.remote_model import ModelAwayError
from ovoz.serving.inference.result_cache import Kept, ResultCache, cache_key
from ovoz.serving.problems import RETRY, ProblemError
from ovoz.serving.settings import ServiceSettings
from ovoz.serving.telemetry import metrics
from ovoz.serving.telemetry.traces import span, stages
from ovoz.serving.telemetry.usage import Account, account_of


@dataclass(frozen=True, slots=True)
class Recognition:
    """The transcript of one recording, and what it took.

    ``engine_ms`` is the part of ``processing_ms`` that the network and the decoding took.
    """

    transcript: Transcript
    duration_s: Seconds
    processing_ms: float
    notice: str
    request_id: str
    engine_ms: float = 0.0
    cached: bool = False


async def transcribe(
    request: Request, recording: BinaryIO, options: RecognitionOptions
) -> Recognition:
    """Transcribe a recording for as long as its caller waits.

    Raises:
        AudioError: the recording cannot be taken.
        HotWordsError: the hot words cannot be used.
        ProblemError: the model is not loaded, overloaded or away, the deadline has passed, or the
            caller hung up.
    """
    return await while_client_waits(request, transcribe_part(request, recording, options))


async def transcribe_part(
    request: Request,
    recording: BinaryIO,
    options: RecognitionOptions,
    *,
    part: int | None = None,
    most_s: Seconds = math.inf,
) -> Recognition:
    """As :func:`transcribe`, but unaware of a caller who hangs up.

    ``part`` is the recording's place among several of one request, each of which then has an
    identifier of its own; ``most_s`` is what is left of the time for all of them.
    """
    model = loaded_model(request)
    settings: ServiceSettings = request.app.state.settings
    queue: ModelQueue = request.app.state.queue
    patience = max(0.0, min(patience_s(request, settings.timeout_s), most_s))
    try:
        with queue.place(patience):
            async with asyncio.timeout(patience):
                return await _RecordingTranscription(request, model, options, part).run(recording)
    except OverloadedError:
        metrics.REFUSED.labels("overloaded").inc()
        raise
    except ModelAwayError as error:
        metrics.REFUSED.labels("model-away").inc()
        told = "the service with the model does not answer"
        raise ProblemError(503, "model-away", told, RETRY) from error
    except TimeoutError as error:
        metrics.REFUSED.labels("deadline").inc()
        told = f"no transcript within the {patience:g} s that the request has"
        raise ProblemError(HTTPStatus.GATEWAY_TIMEOUT, "deadline", told) from error


def loaded_model(request: Request) -> Model:
    """The model.

    Raises:
        ProblemError: it is still loading.
    """
    model: Model | None = request.app.state.model
    if model is None:
        raise ProblemError(503, "model-not-loaded", "the model is still loading", RETRY)
    return model


class _RecordingTranscription:
    """The way of one recording through the service."""

    def __init__(
        self, request: Request, model: Model, options: RecognitionOptions, part: int | None
    ) -> None:
        self._state = request.app.state
        self._caller = caller_name(request)
        self._settings: ServiceSettings = self._state.settings
        self._cache: ResultCache | None = self._state.cache
        self._account: Account = account_of(request.scope)
        whole = self._account.request_id
        self._request_id = whole if part is None else f"{whole}-{part}"
        self._model = model
        self._options = options

    async def run(self, recording: BinaryIO) -> Recognition:
        """The kept result, or a new one."""
        started = time.perf_counter()
        key, known = await self._look_up(recording)
        if known is not None:
            recognition = self._recognition(known, started, 0.0, cached=True)
        else:
            kept, engine_s, measures = await self._recognise(recording)
            if self._cache is not None:
                await run_in_threadpool(self._cache.put, key, kept)
            recognition = self._recognition(kept, started, engine_s, cached=False)
            self._count(recognition, measures)
        await self._remember(recognition.transcript)
        return recognition

    def _count(self, recognition: Recognition, measures: Measures | None) -> None:
        language = recognition.transcript.language.value
        metrics.AUDIO_SECONDS.labels(language).inc(recognition.duration_s)
        if recognition.duration_s > 0:
            real_time_factor = recognition.processing_ms / 1000 / recognition.duration_s
            metrics.REAL_TIME_FACTOR.observe(real_time_factor)
        self._account.hear(recognition.transcript, measures, recognition.processing_ms)

    async def _remember(self, transcript: Transcript) -> None:
        transcripts: Transcripts | None = self._state.transcripts
        if transcripts is None:
            return
        told = (self._caller, self._request_id, transcript, self._model.info.description.pack)
        if transcripts.blocks:
            await run_in_threadpool(transcripts.remember, *told)
        else:  # the way to a thread and back takes longer
            transcripts.remember(*told)

    async def _look_up(self, recording: BinaryIO) -> tuple[str, Kept | None]:
        if self._cache is None:
            return "", None
        options = (self._options.language_hint.value, *self._options.hot_words)
        key = await run_in_threadpool(cache_key, recording, self._model.info.identity, *options)
        known = await run_in_threadpool(self._cache.get, key)
        metrics.CACHE.labels("miss" if known is None else "hit").inc()
        return key, known

    async def _recognise(self, recording: BinaryIO) -> tuple[Kept, Seconds, Measures | None]:
        samples, measures = await run_in_threadpool(self._decode, recording)
        self._account.audio_s += duration_s(samples)
        queue: ModelQueue = self._state.queue
        served = await queue.transcribe(self._model, RecognitionRequest(samples, self._options))
        stages(served)
        timings = served.transcript.timings
        engine_s = timings.network_s + timings.decoding_s
        return Kept(served.transcript, duration_s(samples)), engine_s, measures

    def _decode(self, recording: BinaryIO) -> tuple[Samples, Measures | None]:
        """Samples, and their measures where someone counts them; outside of the event loop."""
        settings = self._settings
        with span("decode"):
            samples = decode(
                recording,
                max_duration_s=settings.max_duration_s,
                max_bytes=settings.max_upload_bytes,
            )
            return samples, measure(samples) if settings.traffic_log else None

    def _recognition(
        self, kept: Kept, started: Seconds, engine_s: Seconds, *, cached: bool
    ) -> Recognition:
        return Recognition(
            kept.transcript,
            duration_s=kept.duration_s,
            processing_ms=(time.perf_counter() - started) * 1000,
            notice=self._model.info.notice,
            request_id=self._request_id,
            engine_ms=engine_s * 1000,
            cached=cached,
        )
