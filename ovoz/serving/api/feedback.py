"""Corrected transcripts from callers: the word error rate of live traffic.

A transcript is remembered for a while, so that a correction can be held against it; of the
correction itself only counts are kept.
"""

import hashlib
from collections import defaultdict, deque
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field, TypeAdapter, ValidationError
from rapidfuzz.distance import Levenshtein

from ovoz.engine.transcript import Transcript
from ovoz.serving.api.openapi_responses import CALLING, problems
from ovoz.serving.inference.result_cache import Store, configured_store
from ovoz.serving.middleware.authentication import CALLER
from ovoz.serving.problems import ProblemError
from ovoz.serving.settings import ServiceSettings
from ovoz.serving.telemetry import metrics
from ovoz.text.language import Language, utterance_language
from ovoz.text.pack import LanguagePack, load_pack

_PREFIX: Final = "ovoz:heard:1:"
_LATEST: Final = 200
"""Corrections that the live word error rate is of."""


class Correction(BaseModel):
    """What was really said; ``request_id`` is that of the answer, or of the batch's part of it."""

    request_id: Annotated[str, Field(min_length=1, max_length=80)]
    text: Annotated[str, Field(max_length=100_000)]


class CorrectionAnswer(BaseModel):
    """How far the transcript was off, in canonical spelling; ``wer`` is null without words."""

    request_id: str
    word_errors: int
    words: int
    wer: float | None
    language: Language


@dataclass(frozen=True, slots=True)
class Remembered:
    """What was answered to a request."""

    text: str
    pack: str
    corrected: bool = False


_REMEMBERED: Final = TypeAdapter(Remembered)


class Transcripts:
    """Transcripts by request and caller, each for a time; ``blocks`` is the store's."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.blocks = store.blocks

    def remember(self, caller: str, request_id: str, transcript: Transcript, pack: str) -> None:
        """Keep the text of ``transcript``."""
        self._put(caller, request_id, Remembered(transcript.text, pack))

    def get(self, caller: str, request_id: str) -> Remembered | None:
        """What this caller was answered, if it is still known."""
        value = self._store.get(_key(caller, request_id))
        try:
            return None if value is None else _REMEMBERED.validate_json(value)
        except ValidationError:
            return None  # written by another version

    def mark_corrected(self, caller: str, request_id: str, known: Remembered) -> None:
        """Count a request's correction once; its text is not needed any more."""
        self._put(caller, request_id, Remembered("", known.pack, corrected=True))

    def _put(self, caller: str, request_id: str, remembered: Remembered) -> None:
        self._store.put(_key(caller, request_id), _REMEMBERED.dump_json(remembered))


class LiveErrors:
    """The word error rate of the latest corrections, in the figures."""

    def __init__(self) -> None:
        self._latest: dict[Language, deque[tuple[int, int]]] = defaultdict(
            lambda: deque(maxlen=_LATEST)
        )

    def count(self, language: Language, errors: int, words: int) -> None:
        """Add one corrected transcript."""
        latest = self._latest[language]
        latest.append((errors, words))
        metrics.FEEDBACK_ERRORS.labels(language.value).inc(errors)
        metrics.FEEDBACK_WORDS.labels(language.value).inc(words)
        if total := sum(words for _, words in latest):
            metrics.WER.labels(language.value).set(sum(wrong for wrong, _ in latest) / total)


def configured_transcripts(settings: ServiceSettings) -> Transcripts | None:
    """The memory for feedback; None where it is turned off."""
    if settings.feedback_ttl_s == 0:
        return None
    url, ttl_s = settings.feedback_url, settings.feedback_ttl_s
    store = configured_store(url, ttl_s, settings.feedback_max_bytes, prefix=_PREFIX)
    return Transcripts(store)


def feedback_routes() -> APIRouter:
    """``POST /feedback``."""
    routes = APIRouter(responses=problems(*CALLING, 400, 404, 409, 413, 422))
    live = LiveErrors()

    @routes.post("/feedback", response_model=CorrectionAnswer)
    async def feedback(request: Request, correction: Correction) -> CorrectionAnswer:
        """Tell what was really said in a recording that was transcribed before."""
        transcripts: Transcripts | None = request.app.state.transcripts
        if transcripts is None:
            raise ProblemError(404, "feedback-off", "this service remembers no transcripts")
        caller = caller_name(request)
        known = await run_in_threadpool(transcripts.get, caller, correction.request_id)
        if known is None:
            told = f"no transcript of {correction.request_id!r} is remembered (any more)"
            raise ProblemError(404, "unknown-request", told)
        if known.corrected:
            raise ProblemError(
                409, "already-corrected", "this transcript has been corrected before"
            )
        answer = await run_in_threadpool(_compare, known, correction)
        await run_in_threadpool(transcripts.mark_corrected, caller, correction.request_id, known)
        live.count(answer.language, answer.word_errors, answer.words)
        return answer

    return routes


def caller_name(request: Request) -> str:
    """Who sent the request; empty where nobody asked."""
    caller = request.scope.get(CALLER)
    return caller.name if caller else ""


def _compare(known: Remembered, correction: Correction) -> CorrectionAnswer:
    pack: LanguagePack = load_pack(known.pack)
    said = pack.canonical(correction.text).split()
    written = pack.canonical(known.text).split()
    errors = Levenshtein.distance(said, written)
    return CorrectionAnswer(
        request_id=correction.request_id,
        word_errors=errors,
        words=len(said),
        wer=errors / len(said) if said else None,
        language=utterance_language(said, label=pack.word_language),
    )


def _key(caller: str, request_id: str) -> str:
    told = f"{len(caller)}:{caller}:{request_id}"
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()
