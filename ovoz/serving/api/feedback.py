"""Corrected transcripts from callers: the word error rate of live traffic.

A transcript is remembered for a while, so that a correction can be held against it; of the
correction itself only counts are kept, in the figures and in the log of corrections.
"""

import datetime as dt
from collections import defaultdict, deque
from typing import Annotated, Final

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field
from rapidfuzz.distance import Levenshtein

from ovoz.monitoring.corrections import CorrectionRow
from ovoz.serving.api.openapi_responses import CALLING, problems
from ovoz.serving.auth.caller import caller_name
from ovoz.serving.feedback.transcripts import Remembered
from ovoz.serving.neighbours import NeighbourAwayError
from ovoz.serving.problems import RETRY, ProblemError
from ovoz.serving.state import State
from ovoz.serving.telemetry import metrics
from ovoz.text.language import Language, utterance_language
from ovoz.text.pack import LanguagePack, load_pack

_LATEST: Final = 200
"""Corrections that the live word error rate is of."""


class Correction(BaseModel):
    """What was really said; ``request_id`` is that of the answer, or of the batch's part of it."""

    model_config = ConfigDict(extra="forbid")

    request_id: Annotated[str, Field(min_length=1, max_length=80)]
    text: Annotated[str, Field(max_length=100_000)]


class CorrectionAnswer(BaseModel):
    """How far the transcript was off, in canonical spelling; ``wer`` is null without words."""

    request_id: str
    word_errors: int
    words: int
    wer: float | None
    language: Language


class LiveErrors:
    """The word error rate of the latest corrections, in the figures."""

    def __init__(self) -> None:
        self._latest: dict[tuple[str, str], deque[tuple[int, int]]] = defaultdict(
            lambda: deque(maxlen=_LATEST)
        )

    def count(self, row: CorrectionRow) -> None:
        """Add one corrected transcript."""
        latest = self._latest[row.model_version, row.language]
        latest.append((row.word_errors, row.words))
        metrics.FEEDBACK_ERRORS.labels(row.language).inc(row.word_errors)
        metrics.FEEDBACK_WORDS.labels(row.language).inc(row.words)
        if total := sum(words for _, words in latest):
            gauge = metrics.WER.labels("feedback", row.model_version, row.language)
            gauge.set(sum(wrong for wrong, _ in latest) / total)


def feedback_routes() -> APIRouter:
    """``POST /feedback``."""
    routes = APIRouter(responses=problems(*CALLING, 400, 404, 409, 413, 422, 503))
    live = LiveErrors()

    @routes.post("/feedback", response_model=CorrectionAnswer)
    async def feedback(request: Request, state: State, correction: Correction) -> CorrectionAnswer:
        """Tell what was really said in a recording that was transcribed before."""
        transcripts = state.transcriber.transcripts
        if transcripts is None:
            raise ProblemError(404, "feedback-off", "this service remembers no transcripts")
        caller = caller_name(request.scope)
        try:
            known = await transcripts.get(caller, correction.request_id)
            if known is None:
                told = f"no transcript of {correction.request_id!r} is remembered (any more)"
                raise ProblemError(404, "unknown-request", told)
            answer = await run_in_threadpool(_compare, known, correction)
            if not await transcripts.claim_correction(caller, correction.request_id, known):
                told = "this transcript has been corrected before"
                raise ProblemError(409, "already-corrected", told)
        except NeighbourAwayError as error:
            told = "what was transcribed cannot be looked up just now"
            raise ProblemError(503, "feedback-unavailable", told, RETRY) from error
        row = _row(known, answer)
        live.count(row)
        if state.canary is not None and answer.wer is not None:
            state.canary.add_correction(known.model_version, min(1.0, answer.wer))
        if state.corrections is not None:
            state.corrections.put(row)
        return answer

    return routes


def _row(known: Remembered, answer: CorrectionAnswer) -> CorrectionRow:
    return CorrectionRow(
        corrected_at=dt.datetime.now(dt.UTC).replace(second=0, microsecond=0),
        model_version=known.model_version,
        language=answer.language.value,
        way=known.way.value,
        length=known.length,
        word_errors=answer.word_errors,
        words=answer.words,
    )


def _compare(known: Remembered, correction: Correction) -> CorrectionAnswer:
    pack: LanguagePack = load_pack(known.pack)
    said = pack.canonical(correction.text).split()
    # The canonical form may find another language for a misspelt word of the engine, and for the
    # same word in the correction.
    readings = known.text, pack.canonical(known.text)
    errors = min(Levenshtein.distance(said, text.split()) for text in readings)
    return CorrectionAnswer(
        request_id=correction.request_id,
        word_errors=errors,
        words=len(said),
        wer=errors / len(said) if said else None,
        language=utterance_language(said, label=pack.transcript_languages),
    )
