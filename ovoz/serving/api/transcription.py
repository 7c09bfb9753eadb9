"""``POST /transcribe``: one recording, answered at once."""

from enum import StrEnum
from typing import Annotated, Final

from fastapi import APIRouter, File, Form, Request, UploadFile
from starlette.responses import PlainTextResponse, Response

from ovoz.engine.subtitles import srt, vtt
from ovoz.serving.api.openapi_responses import UPLOADING, problems, texts
from ovoz.serving.api.unknown_fields import UNKNOWN_FIELDS
from ovoz.serving.inference.answer import Answer
from ovoz.serving.inference.options import LanguageHint, RecognitionOptions
from ovoz.serving.recognition import Recognition
from ovoz.serving.state import State

Hint = Annotated[LanguageHint, Form(description="The language spoken, when it is known.")]
HotWords = Annotated[
    str, Form(description="Words to listen for, apart by commas.", max_length=8_000)
]
Timestamps = Annotated[bool, Form(description="Whether an answer has a list of words with times.")]

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

    @routes.post("/transcribe", response_model=Answer, dependencies=[UNKNOWN_FIELDS])
    async def transcribe(
        request: Request,
        state: State,
        file: Annotated[UploadFile, File(description="A recording in any format.")],
        language_hint: Hint = LanguageHint.AUTO,
        hotwords: HotWords = "",
        timestamps: Timestamps = True,
        format: Annotated[  # noqa: A002  (the name of the field)
            Format, Form(description="How the answer is written.")
        ] = Format.JSON,
    ) -> Answer | Response:
        """Transcribe one recording."""
        options = RecognitionOptions(language_hint, split_hot_words(hotwords))
        recognition = await state.transcriber.transcribe(request, file.file, options)
        return _written(recognition, format, timestamps=timestamps)

    return routes


def split_hot_words(field: str) -> tuple[str, ...]:
    """The words of a :data:`HotWords`."""
    return tuple(word.strip() for word in field.split(",") if word.strip())


def _written(recognition: Recognition, form: Format, *, timestamps: bool) -> Answer | Response:
    match form:
        case Format.JSON:
            return Answer.of(recognition, timestamps=timestamps)
        case Format.TEXT:
            return PlainTextResponse(recognition.transcript.text + "\n")
        case Format.SRT:
            subtitles = srt(recognition.transcript)
            return PlainTextResponse(subtitles, media_type="application/x-subrip")
        case Format.VTT:
            return PlainTextResponse(vtt(recognition.transcript), media_type="text/vtt")
