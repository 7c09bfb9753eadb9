"""Many recordings in one request, each with its own answer or its own problem."""

import json
from typing import Annotated

from fastapi import APIRouter, File, Form, Request, UploadFile
from pydantic import BaseModel
from starlette.responses import Response

from bentos.asr.answers import Answer
from bentos.asr.declared import UPLOADING, problems
from bentos.asr.hints import LanguageHint
from bentos.asr.problems import Problem
from bentos.asr.request import Recognition, hear
from bentos.asr.settings import ServiceSettings


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
        language_hint: Annotated[LanguageHint, Form()] = LanguageHint.AUTO,
        timestamps: Annotated[bool, Form()] = True,
    ) -> BatchAnswer | Response:
        """Transcribe several recordings; a bad one does not spoil the others."""
        results = []
        for file in files:
            heard = await hear(request, file.file, Recognition(hint=language_hint))
            name = file.filename or ""
            if not isinstance(heard, Response):
                answer = Answer.of(heard, timestamps=timestamps)
                results.append(BatchItem(name=name, answer=answer))
            elif request.app.state.model is None:
                return heard
            else:
                told = Problem.model_validate(json.loads(bytes(heard.body)))
                results.append(BatchItem(name=name, problem=told))
        return BatchAnswer(results=results)

    return routes
