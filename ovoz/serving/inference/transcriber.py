"""One recording of a request: decoded, recognised, timed."""

import asyncio
import math
import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import BinaryIO, Final

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import Response

from ovoz.audio.decode import AudioError, decode
from ovoz.audio.measures import Measures, measure
from ovoz.audio.signal import Samples, Seconds, duration_s
from ovoz.decoding.hot_words import HotWordsError
from ovoz.engine.transcript import Transcript
from ovoz.serving.api.feedback import Transcripts, caller_name
from ovoz.serving.inference.deadline import ClientGoneError, patience_s, while_client_waits
from ovoz.serving.inference.model import Model
from ovoz.serving.inference.options import RecognitionOptions, RecognitionRequest
from ovoz.serving.inference.overload import OverloadedError
from ovoz.serving.inference.queue import ModelQueue
from ovoz.serving.inference.remote_model import ModelAwayError
from ovoz.serving.inference.result_cache import Kept, ResultCache, cache_key
from ovoz.serving.problems import audio_problem, problem
from ovoz.serving.settings import ServiceSettings
from ovoz.serving.telemetry import metrics
from ovoz.serving.telemetry.traces import span, stages
from ovoz.serving.telemetry.usage import Account, account_of

_RETRY: Final = {"Retry-After": "2"}
CLIENT_GONE: Final = 499
"""What web servers write into their logs for it; nobody receives it."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What was recognised, in audio of which length, in what time.

    ``engine_ms`` is the part that the network and the reading of its output took.
    """

    transcript: Transcript
    duration_s: Seconds
    processing_ms: float
    notice: str
    request_id: str
    engine_ms: float = 0.0
    cached: bool = False


async def hear(
    request: Request, recording: BinaryIO, asked: RecognitionOptions
) -> Heard | Response:
    """The transcript of a recording, or the problem that stands in its way."""
    try:
        return await while_client_waits(request, hear_one(request, recording, asked))
    except ClientGoneError:
        return Response(status_code=CLIENT_GONE)


async def hear_one(
    request: Request,
    recording: BinaryIO,
    asked: RecognitionOptions,
    *,
    part: int | None = None,
    most_s: Seconds = math.inf,
) -> Heard | Response:
    """As :func:`hear`, but unaware of a caller who hangs up.

    ``part`` is the recording's place among several of one request, each of which then has an
    identifier of its own; ``most_s`` is what is left of the time for all of them.
    """
    loaded: Model | None = request.app.state.model
    if loaded is None:
        return not_ready()
    settings: ServiceSettings = request.app.state.settings
    queue: ModelQueue = request.app.state.queue
    patience = max(0.0, min(patience_s(request, settings.timeout_s), most_s))
    try:
        with queue.place(patience):
            async with asyncio.timeout(patience):
                return await _Hearing(request, loaded, asked, part).hear(recording)
    except AudioError as error:
        return audio_problem(error)
    except HotWordsError as error:
        return problem(422, "hot-words", str(error))
    except OverloadedError as error:
        return overloaded(error)
    except ModelAwayError:
        metrics.REFUSED.labels("model-away").inc()
        return problem(503, "model-away", "the service with the model does not answer", _RETRY)
    except TimeoutError:
        metrics.REFUSED.labels("deadline").inc()
        told = f"no transcript within the {patience:g} s that the request has"
        return problem(HTTPStatus.GATEWAY_TIMEOUT, "deadline", told)


def not_ready() -> Response:
    """The answer until there is a model."""
    return problem(503, "model-not-loaded", "the model is still loading", _RETRY)


def overloaded(error: OverloadedError) -> Response:
    """The answer when there is no place to wait in."""
    metrics.REFUSED.labels("overloaded").inc()
    return problem(503, "overloaded", str(error), {"Retry-After": str(error.retry_s)})


class _Hearing:
    """The way of one recording through the service."""

    def __init__(
        self, request: Request, model: Model, asked: RecognitionOptions, part: int | None
    ) -> None:
        self._state = request.app.state
        self._caller = caller_name(request)
        self._settings: ServiceSettings = self._state.settings
        self._cache: ResultCache | None = self._state.cache
        self._account: Account = account_of(request.scope)
        whole = self._account.request_id
        self._request_id = whole if part is None else f"{whole}-{part}"
        self._model = model
        self._asked = asked

    async def hear(self, recording: BinaryIO) -> Heard:
        """The kept result, or a new one."""
        started = time.perf_counter()
        key, known = await self._look_up(recording)
        if known is not None:
            heard = self._heard(known, started, 0.0, cached=True)
        else:
            kept, engine_s, measures = await self._recognise(recording)
            if self._cache is not None:
                await run_in_threadpool(self._cache.put, key, kept)
            heard = self._heard(kept, started, engine_s, cached=False)
            self._count(heard, measures)
        await self._remember(heard.transcript)
        return heard

    def _count(self, heard: Heard, measures: Measures | None) -> None:
        language = heard.transcript.language.value
        metrics.AUDIO_SECONDS.labels(language).inc(heard.duration_s)
        if heard.duration_s > 0:
            metrics.REAL_TIME_FACTOR.observe(heard.processing_ms / 1000 / heard.duration_s)
        self._account.hear(heard.transcript, measures, heard.processing_ms)

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
        told = (self._model.info.identity, self._asked.language_hint.value, *self._asked.hot_words)
        key = await run_in_threadpool(cache_key, recording, *told)
        known = await run_in_threadpool(self._cache.get, key)
        metrics.CACHE.labels("miss" if known is None else "hit").inc()
        return key, known

    async def _recognise(self, recording: BinaryIO) -> tuple[Kept, Seconds, Measures | None]:
        samples, measures = await run_in_threadpool(self._decoded, recording)
        self._account.audio_s += duration_s(samples)
        queue: ModelQueue = self._state.queue
        served = await queue.transcribe(self._model, RecognitionRequest(samples, self._asked))
        stages(served)
        timings = served.transcript.timings
        engine_s = timings.network_s + timings.decoding_s
        return Kept(served.transcript, duration_s(samples)), engine_s, measures

    def _decoded(self, recording: BinaryIO) -> tuple[Samples, Measures | None]:
        """Samples, and their measures where someone counts them; outside of the event loop."""
        settings = self._settings
        with span("decode"):
            samples = decode(
                recording,
                max_duration_s=settings.max_duration_s,
                max_bytes=settings.max_upload_bytes,
            )
            return samples, measure(samples) if settings.traffic_log else None

    def _heard(self, kept: Kept, started: Seconds, engine_s: Seconds, *, cached: bool) -> Heard:
        return Heard(
            kept.transcript,
            duration_s=kept.duration_s,
            processing_ms=(time.perf_counter() - started) * 1000,
            notice=self._model.info.notice,
            request_id=self._request_id,
            engine_ms=engine_s * 1000,
            cached=cached,
        )
