"""Many recordings in one request, each with its own answer or its own problem."""

import asyncio
import time
from typing import Annotated, Final

from fastapi import APIRouter, File, Request, UploadFile
from pydantic import BaseModel

from ovoz.audio.containers import AudioError
from ovoz.decoding.hot_words import HotWordsError
from ovoz.serving.api.openapi_responses import UPLOADING, problems
from ovoz.serving.api.transcription import (
    Hint,
    HotWords,
    Redact,
    Speakers,
    Timestamps,
    read_options,
)
from ovoz.serving.api.unknown_fields import UNKNOWN_FIELDS
from ovoz.serving.auth.caller import caller_name
from ovoz.serving.inference.answer import Answer
from ovoz.serving.inference.deadline import while_client_waits
from ovoz.serving.inference.options import LanguageHint
from ovoz.serving.problems import Problem, ProblemError, problem_of
from ovoz.serving.settings import ServiceSettings
from ovoz.serving.state import State
from ovoz.text.written.writing import WritingError

WHOLE_S: Final = 110.0
"""For all recordings together: what is not done by then has a problem, what is done its answer.

BentoML gives up on the whole after 120 s.
"""


class BatchItem(BaseModel):
    """What came of one recording: ``answer`` or ``problem``, the other one is null."""

    name: str
    answer: Answer | None = None
    problem: Problem | None = None


class BatchAnswer(BaseModel):
    """One item a recording, in the order in which they were sent."""

    results: list[BatchItem]


def batch_routes(settings: ServiceSettings) -> APIRouter:
    """``POST /transcribe/batch``."""
    routes = APIRouter(responses=problems(*UPLOADING))
    most_files = settings.limits.max_batch_files

    @routes.post("/transcribe/batch", response_model=BatchAnswer, dependencies=[UNKNOWN_FIELDS])
    async def batch(
        request: Request,
        state: State,
        files: Annotated[
            list[UploadFile],
            File(description="Recordings in any format.", max_length=most_files),
        ],
        language_hint: Hint = LanguageHint.AUTO,
        hotwords: HotWords = "",
        redact: Redact = "",
        speakers: Speakers = "",
        timestamps: Timestamps = True,
    ) -> BatchAnswer:
        """Transcribe several recordings; a bad one does not spoil the others."""
        model = state.transcriber.model_for(caller_name(request.scope), language_hint)
        options = read_options(language_hint, hotwords, redact, speakers)
        ends = time.monotonic() + WHOLE_S
        # One is decoded while others are read.
        at_once = asyncio.Semaphore(settings.inference.threads + 1)

        async def item(place: int, file: UploadFile) -> BatchItem:
            name = file.filename or ""
            try:
                async with at_once:
                    left_s = ends - time.monotonic()
                    recognition = await state.transcriber.transcribe_part(
                        request, file.file, options, part=place, model=model, most_s=left_s
                    )
            except (AudioError, HotWordsError, ProblemError, WritingError) as error:
                return BatchItem(name=name, problem=problem_of(error).problem)
            return BatchItem(name=name, answer=Answer.of(recognition, timestamps=timestamps))

        work = asyncio.gather(*(item(place, file) for place, file in enumerate(files)))
        return BatchAnswer(results=await while_client_waits(request, work))

    return routes
