"""``POST /transcribe``: one recording, answered at once."""

from enum import StrEnum
from typing import Annotated, Final

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse, Response

from ovoz.engine.subtitles import srt, vtt
from ovoz.engine.transcript import Transcript
from ovoz.engine.written import write_transcript
from ovoz.serving.api.openapi_responses import UPLOADING, problems, texts
from ovoz.serving.api.unknown_fields import UNKNOWN_FIELDS
from ovoz.serving.inference.answer import Answer, WrittenAnswer
from ovoz.serving.inference.options import LanguageHint, RecognitionOptions, read_redaction
from ovoz.serving.problems import ProblemError
from ovoz.serving.state import State
from ovoz.speakers.config import SpeakerCount
from ovoz.text.written.script import Script
from ovoz.text.written.writing import Writing

Hint = Annotated[LanguageHint, Form(description="The language spoken, when it is known.")]
HotWords = Annotated[
    str, Form(description="Words to listen for, separated by commas.", max_length=8_000)
]
Redact = Annotated[
    str,
    Form(
        description="What to take out, separated by commas: pii, pci, numbers, card, telephone, …",
        max_length=200,
    ),
]
Speakers = Annotated[
    str,
    Form(
        description="Who says each word: auto, the number of speakers, or bounds such as 2-4.",
        max_length=20,
    ),
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

    @routes.post(
        "/transcribe", response_model=Answer | WrittenAnswer, dependencies=[UNKNOWN_FIELDS]
    )
    async def transcribe(
        request: Request,
        state: State,
        file: Annotated[UploadFile, File(description="A recording in any format.")],
        language_hint: Hint = LanguageHint.AUTO,
        hotwords: HotWords = "",
        redact: Redact = "",
        speakers: Speakers = "",
        timestamps: Timestamps = True,
        format: Annotated[  # noqa: A002  (the name of the field)
            Format, Form(description="How the answer is written.")
        ] = Format.JSON,
        written: Annotated[
            bool, Form(description="Also as people read it: figures, sentences by pauses.")
        ] = False,
        script: Annotated[
            Script, Form(description="The script of the written form.")
        ] = Script.CANONICAL,
    ) -> Answer | WrittenAnswer | Response:
        """Transcribe one recording."""
        options = read_options(language_hint, hotwords, redact, speakers)
        writing = Writing(figures=written, sentences=written, script=script)
        recognition = await state.transcriber.transcribe(request, file.file, options)
        form = await run_in_threadpool(write_transcript, recognition.transcript, writing)
        if format is not Format.JSON:
            return _as_text(form, format)
        answer = Answer.of(recognition, timestamps=timestamps)
        return answer if writing.changes_nothing else WrittenAnswer.of_form(answer, form)

    return routes


def read_options(
    language_hint: LanguageHint, hotwords: str, redact: str, speakers: str = ""
) -> RecognitionOptions:
    """What the fields :data:`Hint`, :data:`HotWords`, :data:`Redact` and :data:`Speakers` ask for.

    Raises:
        ProblemError: what is to be taken out is unknown, or no number of speakers is.
    """
    words = tuple(word.strip() for word in hotwords.split(",") if word.strip())
    try:
        kinds = read_redaction([redact])
    except ValueError as error:
        raise ProblemError(422, "invalid-request", str(error), param="redact") from error
    try:
        count = SpeakerCount.parse(speakers) if speakers else None
    except ValueError as error:
        raise ProblemError(422, "invalid-request", str(error), param="speakers") from error
    return RecognitionOptions(language_hint, words, redact=kinds, speakers=count)


def _as_text(transcript: Transcript, form: Format) -> Response:
    match form:
        case Format.SRT:
            return PlainTextResponse(srt(transcript), media_type="application/x-subrip")
        case Format.VTT:
            return PlainTextResponse(vtt(transcript), media_type="text/vtt")
        case _:
            return PlainTextResponse(transcript.text + "\n")
