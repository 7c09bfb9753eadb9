"""One recording of a request: decoded, recognised, timed."""

import time
from dataclasses import dataclass
from typing import BinaryIO, Final

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import Response

from bentos.asr.cache import Kept, ResultCache, cache_key
from bentos.asr.hints import LanguageHint
from bentos.asr.problems import audio_problem, problem
from bentos.asr.recognition import Recogniser
from bentos.asr.settings import ServiceSettings
from bentos.asr.usage import used_audio
from ovoz.audio.decode import AudioError, decode
from ovoz.audio.signal import Seconds, duration_s
from ovoz.decoding.hot_words import HotWordsError
from ovoz.engine.transcript import Transcript

_RETRY: Final = {"Retry-After": "2"}


@dataclass(frozen=True, slots=True)
class Recognition:
    """What a caller asks for beside the recording."""

    hint: LanguageHint = LanguageHint.AUTO
    hot_words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Heard:
    """What was recognised, in audio of which length, in what time."""

    transcript: Transcript
    duration_s: Seconds
    processing_ms: float
    notice: str
    cached: bool = False


async def hear(request: Request, recording: BinaryIO, asked: Recognition) -> Heard | Response:
    """The transcript of a recording, or the problem that stands in its way."""
    loaded: Recogniser | None = request.app.state.model
    if loaded is None:
        return not_ready()
    settings: ServiceSettings = request.app.state.settings
    try:
        return await run_in_threadpool(
            _heard, loaded, recording, asked, settings, request.app.state.cache
        )
    except AudioError as error:
        return audio_problem(error)
    except HotWordsError as error:
        return problem(422, "hot-words", str(error))


def not_ready() -> Response:
    """The answer until there is a model."""
    return problem(503, "model-not-loaded", "the model is still loading", _RETRY)


def _heard(
    recogniser: Recogniser,
    recording: BinaryIO,
    asked: Recognition,
    settings: ServiceSettings,
    cache: ResultCache | None,
) -> Heard:
    """The kept result, or a new one; runs outside of the event loop."""
    started = time.perf_counter()
    key = _key(recogniser, recording, asked) if cache is not None else ""
    known = cache.get(key) if cache is not None else None
    kept = known or _recognised(recogniser, recording, asked, settings)
    if cache is not None and known is None:
        cache.put(key, kept)
    return Heard(
        kept.transcript,
        duration_s=kept.duration_s,
        processing_ms=(time.perf_counter() - started) * 1000,
        notice=recogniser.notice,
        cached=known is not None,
    )


def _key(recogniser: Recogniser, recording: BinaryIO, asked: Recognition) -> str:
    return cache_key(recording, recogniser.identity, asked.hint.value, *asked.hot_words)


def _recognised(
    recogniser: Recogniser, recording: BinaryIO, asked: Recognition, settings: ServiceSettings
) -> Kept:
    """Decode and transcribe."""
    samples = decode(
        recording, max_duration_s=settings.max_duration_s, max_bytes=settings.max_upload_bytes
    )
    used_audio(duration_s(samples))
    transcript = recogniser.transcribe(samples, asked.hint, asked.hot_words)
    return Kept(transcript, duration_s(samples))
