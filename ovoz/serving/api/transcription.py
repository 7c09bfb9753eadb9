"""``POST /transcribe``: one recording, answered at once."""

from enum import StrEnum
from typing import Annotated, Final

from fastapi import APIRouter, File, Form, Request, UploadFile
from starlette.responses import PlainTextResponse, Response

from ovoz.engine.subtitles import srt, vtt
from ovoz.serving.api.forms import Hint, HotWords, Timestamps, hot_words_of
from ovoz.serving.api.openapi_responses import UPLOADING, problems, texts
from ovoz.serving.api.schemas import Answer
from ovoz.serving.inference.options import LanguageHint, RecognitionOptions
from ovoz.serving.inference.transcriber import Heard, hear

_OTHER_FORMATS: Final = texts("text/plain", "application/x-subrip", "text/vtt")


class Format(StrEnum):
    """How an answer is written."""

    JSON = "json"
    TEXT = "text"
    SRT = "srt"
    VTT = "vtt"


def transcription_routes() -> APIRouter:
    """``POST /transcribe``."""
    routes = APIRouter(responses={200: _OTHER_FORMATS, **problems(*UPLOADING)})

    @routes.post("/transcribe", response_model=Answer)
    async def transcribe(
        request: Request,
        file: Annotated[UploadFile, File(description="A recording in any format.")],
        language_hint: Hint = LanguageHint.AUTO,
        hotwords: HotWords = "",
        timestamps: Timestamps = True,
        format: Annotated[  # noqa: A002  (the name of the field)
            Format, Form(description="How the answer is written.")
        ] = Format.JSON,
    ) -> Answer | Response:
        """Transcribe one recording."""
        asked = RecognitionOptions(language_hint, hot_words_of(hotwords))
        heard = await hear(request, file.file, asked)
        if isinstance(heard, Response):
            return heard
        return _written(heard, format, timestamps=timestamps)

    return routes


def _written(heard: Heard, form: Format, *, timestamps: bool) -> Answer | Response:
    match form:
        case Format.JSON:
            return Answer.of(heard, timestamps=timestamps)
        case Format.TEXT:
            return PlainTextResponse(heard.transcript.text + "\n")
        case Format.SRT:
            return PlainTextResponse(srt(heard.transcript), media_type="application/x-subrip")
        case Format.VTT:
            return PlainTextResponse(vtt(heard.transcript), media_type="text/vtt")
