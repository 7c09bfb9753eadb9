"""One recording of a request: decoded, transcribed, timed."""

import asyncio
import dataclasses
import math
import time
from http import HTTPStatus
from typing import BinaryIO, Protocol

from fastapi import Request
from fastapi.concurrency import run_in_threadpool

from ovoz.audio.losses import Losses
from ovoz.audio.measures import Measures, measure
from ovoz.audio.recovery import recover
from ovoz.audio.signal import Samples, Seconds, duration_s
from ovoz.monitoring.traffic import Way
from ovoz.serving.auth.caller import caller_name
from ovoz.serving.feedback.transcripts import Remembered, configured_transcripts
from ovoz.serving.inference.deadline import patience_s, while_client_waits
from ovoz.serving.inference.diarization import Diarization
from ovoz.serving.inference.model import Model, knows_language, require_language, require_model
from ovoz.serving.inference.options import LanguageHint, RecognitionOptions, RecognitionRequest
from ovoz.serving.inference.queue import ModelQueue, OverloadedError
from ovoz.serving.inference.redaction import check_redaction, redact_transcript
from ovoz.serving.inference.remote_model import ModelAwayError
from ovoz.serving.inference.result_cache import cache_key, configured_cache
from ovoz.serving.problems import RETRY, ProblemError
from ovoz.serving.recognition import Recognition
from ovoz.serving.settings import ServiceSettings
from ovoz.serving.telemetry import metrics
from ovoz.serving.telemetry.traces import record_stages, span
from ovoz.serving.telemetry.usage import RequestUsage, usage_of
from ovoz.serving.warning_header import warn


class Choice(Protocol):
    """Which model answers a caller, where there is more than one."""

    def choose(self, caller: str, production: Model) -> Model:
        """The one that answers; ``production`` is the one that is served."""
        ...


class Transcriber:
    """The model with all that a request needs around it; ``model`` is None while it loads."""

    def __init__(self, settings: ServiceSettings, model: Model | None) -> None:
        # A model elsewhere makes its own queue of all that are asked.
        inference = settings.inference
        workers = inference.max_waiting if settings.model.url else inference.threads
        self.settings = settings
        self.model = model
        self.others: tuple[Model, ...] = ()
        """Models of further language packs, asked by name or by a language that they have."""
        self.choice: Choice | None = None
        self.queue = ModelQueue(
            places=inference.max_waiting,
            workers=workers,
            streams_share=settings.streams.model_share,
        )
        self.diarization = Diarization(settings.speakers)
        self.cache = configured_cache(settings.cache)
        self.transcripts = configured_transcripts(settings.feedback)

    def loaded_model(self) -> Model:
        """The model.

        Raises:
            ProblemError: it is still loading.
        """
        return require_model(self.model)

    @property
    def models(self) -> list[Model]:
        """Every model that is served; none while the first one loads."""
        return [] if self.model is None else [self.model, *self.others]

    def named_model(self, name: str) -> Model | None:
        """A further model by its version or its name, which is that of its profile."""
        names = ((one, one.info) for one in self.others)
        return next(
            (one for one, info in names if name in (info.version, info.description.name)), None
        )

    def model_for(self, caller: str, hint: LanguageHint = LanguageHint.AUTO) -> Model:
        """The model that answers a caller: the first one, unless only another has the language.

        Raises:
            ProblemError: it is still loading.
        """
        model = self.loaded_model()
        if not knows_language(model, hint):
            model = next((one for one in self.others if knows_language(one, hint)), model)
        if self.choice is None or model is not self.model:
            return model
        return self.choice.choose(caller, model)

    async def transcribe(
        self,
        request: Request,
        recording: BinaryIO,
        options: RecognitionOptions,
        model: Model | None = None,
    ) -> Recognition:
        """Transcribe a recording for as long as its caller waits.

        ``model`` is the one that the caller named.

        Raises:
            AudioError: the recording cannot be taken.
            HotWordsError: the hot words cannot be used.
            ProblemError: the model is not loaded, overloaded or away, the deadline has passed, or
                the caller hung up.
            WritingError: nothing can be taken out of a transcript in these languages.
        """
        work = self.transcribe_part(request, recording, options, model=model)
        recognition = await while_client_waits(request, work)
        for loss in recognition.losses:
            warn(request.scope, str(loss))
        return recognition

    async def transcribe_part(
        self,
        request: Request,
        recording: BinaryIO,
        options: RecognitionOptions,
        *,
        part: int | None = None,
        model: Model | None = None,
        most_s: Seconds = math.inf,
    ) -> Recognition:
        """As :meth:`transcribe`, but unaware of a caller who hangs up.

        ``part`` is the recording's place among several of one request, each of which then has an
        identifier of its own, and ``model`` the one for all of them; ``most_s`` is what is left of
        their time.
        """
        chosen = model or self.model_for(caller_name(request.scope), options.language_hint)
        check_redaction(chosen, options)
        self.diarization.check(options)
        require_language(chosen, options.language_hint)
        work = _RecordingTranscription(self, chosen, request, options, part)
        patience = max(0.0, min(patience_s(request, self.settings.inference.timeout_s), most_s))
        try:
            with self.queue.place(patience):
                async with asyncio.timeout(patience):
                    return await work.run(recording)
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


class _RecordingTranscription:
    """The way of one recording through the service."""

    def __init__(
        self,
        service: Transcriber,
        model: Model,
        request: Request,
        options: RecognitionOptions,
        part: int | None,
    ) -> None:
        self._service = service
        self._model = model
        self._caller = caller_name(request.scope)
        self._usage: RequestUsage = usage_of(request.scope)
        whole = self._usage.request_id
        self._request_id = whole if part is None else f"{whole}-{part}"
        self._options = options

    async def run(self, recording: BinaryIO) -> Recognition:
        """The kept result, or a new one."""
        started = time.perf_counter()
        key, known = await self._look_up(recording)
        if known is not None:
            elapsed_ms = (time.perf_counter() - started) * 1000
            recognition = dataclasses.replace(
                known,
                processing_ms=elapsed_ms,
                engine_ms=0.0,
                request_id=self._request_id,
                cached=True,
            )
        else:
            recognition = await self._recognise(recording, started)
            if self._service.cache is not None:
                await self._service.cache.put(key, recognition)
            self._usage.count(recognition)
        if (transcripts := self._service.transcripts) is not None:
            pack = self._model.info.description.pack
            answered = Remembered.of(recognition, pack, Way.HTTP)
            await transcripts.remember(self._caller, self._request_id, answered)
        return recognition

    async def _look_up(self, recording: BinaryIO) -> tuple[str, Recognition | None]:
        if self._service.cache is None:
            return "", None
        asked = self._options
        # Behind a sign that no hot word has: one must not be taken for a kind.
        told = (asked.language_hint.value, *asked.hot_words, "|", *sorted(asked.redact))
        if asked.speakers is not None:
            told += (f"speakers {asked.speakers}",)
        key = await run_in_threadpool(cache_key, recording, self._model.info.identity, *told)
        known = await self._service.cache.get(key)
        metrics.CACHE.labels("miss" if known is None else "hit").inc()
        return key, known

    async def _recognise(self, recording: BinaryIO, started: Seconds) -> Recognition:
        samples, losses, measures = await run_in_threadpool(self._decode, recording)
        self._usage.audio_s += duration_s(samples)
        asked = RecognitionRequest(samples, self._options)
        result = await self._service.queue.transcribe(self._model, asked)
        timings = result.transcript.timings
        record_stages(timings, result.entered_ns, result.started_ns)
        # First redacted: a number may be dictated in turns.
        transcript = redact_transcript(result.transcript, self._options)
        if self._options.speakers is not None:
            name = self._service.diarization.name_speakers
            transcript = await run_in_threadpool(name, transcript, lambda: [samples], self._options)
        return Recognition(
            transcript,
            duration_s=duration_s(samples),
            processing_ms=(time.perf_counter() - started) * 1000,
            notice=self._model.info.notice,
            request_id=self._request_id,
            engine_ms=(timings.network_s + timings.decoding_s) * 1000,
            measures=measures,
            losses=tuple(losses.listed),
        )

    def _decode(self, recording: BinaryIO) -> tuple[Samples, Losses, Measures | None]:
        """Samples, what is lost of them, and their measures where someone counts them.

        Outside of the event loop.
        """
        limits = self._service.settings.limits
        with span("decode"):
            samples, losses = recover(
                recording,
                max_duration_s=limits.max_duration_s,
                max_bytes=limits.max_upload_bytes,
                max_lost_share=limits.max_lost_share,
            )
        wanted = self._service.settings.traffic.dir is not None
        return samples, losses, measure(samples) if wanted else None
