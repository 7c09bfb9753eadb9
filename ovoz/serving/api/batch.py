"""Many recordings in one request, each with its own answer or its own problem."""

import asyncio
import time
from typing import Annotated, Final

from fastapi import APIRouter, File, Request, UploadFile
from pydantic import BaseModel
from starlette.responses import Response

from ovoz.serving.api.forms import Hint, HotWords, Timestamps, hot_words_of
from ovoz.serving.api.openapi_responses import UPLOADING, problems
from ovoz.serving.api.schemas import Answer
from ovoz.serving.inference.deadline import ClientGoneError, while_client_waits
from ovoz.serving.inference.options import LanguageHint, RecognitionOptions
from ovoz.serving.inference.transcriber import (
    CLIENT_GONE,
    Heard,
    hear_one,
    not_ready,
)
from ovoz.serving.problems import Problem
from ovoz.serving.settings import ServiceSettings

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

    @routes.post("/transcribe/batch", response_model=BatchAnswer)
    async def batch(
        request: Request,
        files: Annotated[
            list[UploadFile],
            File(description="Recordings in any format.", max_length=settings.max_batch_files),
        ],
        language_hint: Hint = LanguageHint.AUTO,
        hotwords: HotWords = "",
        timestamps: Timestamps = True,
    ) -> BatchAnswer | Response:
        """Transcribe several recordings; a bad one does not spoil the others."""
        asked = RecognitionOptions(language_hint, hot_words_of(hotwords))
        ends = time.monotonic() + WHOLE_S
        at_once = asyncio.Semaphore(settings.threads + 1)  # one is decoded while others are read

        async def item(place: int, file: UploadFile) -> BatchItem:
            async with at_once:
                left_s = ends - time.monotonic()
                heard = await hear_one(request, file.file, asked, part=place, most_s=left_s)
            return _item(file.filename or "", heard, timestamps=timestamps)

        if request.app.state.model is None:
            return not_ready()
        work = asyncio.gather(*(item(place, file) for place, file in enumerate(files)))
        try:
            return BatchAnswer(results=await while_client_waits(request, work))
        except ClientGoneError:
            return Response(status_code=CLIENT_GONE)

    return routes


def _item(name: str, heard: Heard | Response, *, timestamps: bool) -> BatchItem:
    if isinstance(heard, Response):
        return BatchItem(name=name, problem=Problem.model_validate_json(bytes(heard.body)))
    return BatchItem(name=name, answer=Answer.of(heard, timestamps=timestamps))
