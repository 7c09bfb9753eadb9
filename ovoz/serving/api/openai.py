"""OpenAI's transcription API, so that its clients work unchanged.

https://platform.openai.com/docs/api-reference/audio/createTranscription. The name of a model
chooses among those that are served; any other is taken for the first one's. ``prompt`` and
``temperature`` have no effect. Transcripts are in written form, as OpenAI's are; ``written=false``,
``script`` and ``redact`` are fields of our own.
"""

import json
import re
import reprlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Annotated, Any, Final, Literal, Self

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from ovoz.engine.subtitles import cues, srt, vtt
from ovoz.engine.transcript import Transcript
from ovoz.engine.written import write_where_known
from ovoz.serving.api.diarized import DiarizedTranscription, write_diarized_events
from ovoz.serving.api.openapi_responses import CALLING, UPLOADING, Responses, problems, texts
from ovoz.serving.api.transcription import Redact, Speakers, read_options
from ovoz.serving.api.unknown_fields import UNKNOWN_FIELDS
from ovoz.serving.inference.answer import LossAnswer
from ovoz.serving.inference.model import ModelInfo
from ovoz.serving.inference.options import LanguageHint
from ovoz.serving.problems import ProblemError
from ovoz.serving.recognition import Recognition
from ovoz.serving.state import State
from ovoz.serving.warning_header import warn
from ovoz.text.console import NAMES
from ovoz.text.language import Language
from ovoz.text.written.script import Script
from ovoz.text.written.writing import Writing

_GRANULARITIES: Final = frozenset({"word", "segment"})
_NAMES: Final = {language: name.lower() for language, name in NAMES.items()}


class ResponseFormat(StrEnum):
    """How the transcript is written."""

    JSON = "json"
    TEXT = "text"
    SRT = "srt"
    VERBOSE_JSON = "verbose_json"
    VTT = "vtt"
    DIARIZED_JSON = "diarized_json"


class ModelCard(BaseModel):
    """A model as OpenAI lists it; ``cannot`` is what an imported model cannot do."""

    id: str
    object: Literal["model"] = "model"
    created: int = 0
    owned_by: str = "ovoz"
    cannot: list[str] = []

    @classmethod
    def of(cls, info: ModelInfo) -> Self:
        """What is told of a model."""
        return cls(id=info.version, cannot=list(info.description.cannot))


class ModelList(BaseModel):
    """All models that are served."""

    object: Literal["list"] = "list"
    data: list[ModelCard]


class Transcription(BaseModel):
    """The short form."""

    text: str


class Segment(BaseModel):
    """A subtitle's worth of speech; what a Whisper alone has is zero."""

    id: int
    seek: int = 0
    start: float
    end: float
    text: str
    tokens: list[int] = []
    temperature: float = 0.0
    avg_logprob: float = 0.0
    compression_ratio: float = 1.0
    no_speech_prob: float = 0.0


class SpokenWord(BaseModel):
    """A word with its times; OpenAI's clients pass over its language and confidence."""

    word: str
    start: float
    end: float
    language: Language
    confidence: float


class VerboseTranscription(BaseModel):
    """The long form; ``segments`` and ``words`` are there where they were asked for."""

    task: Literal["transcribe"] = "transcribe"
    language: str
    duration: float
    text: str
    segments: list[Segment] | None = None
    words: list[SpokenWord] | None = None
    warnings: list[LossAnswer] | None = None


_TRANSCRIPT: Final[Responses] = {
    200: {
        "model": Transcription | VerboseTranscription | DiarizedTranscription,
        **texts("text/plain", "text/vtt", "text/event-stream"),
    }
}


def openai_routes() -> APIRouter:
    """``/v1/models`` and ``/v1/audio/transcriptions``."""
    routes = APIRouter(prefix="/v1", tags=["OpenAI"])

    @routes.get("/models", response_model=ModelList, responses=problems(*CALLING))
    async def models(state: State) -> ModelList:
        """The models that are served."""
        return ModelList(data=[ModelCard.of(one.info) for one in state.transcriber.models])

    @routes.get("/models/{name:path}", response_model=ModelCard, responses=problems(*CALLING, 404))
    async def model(state: State, name: str) -> ModelCard:
        """The model of this name, where it is served."""
        state.transcriber.loaded_model()
        served = {one.info.version: one.info for one in state.transcriber.models}
        if name not in served:
            told = f"the model that is served is {', '.join(served)}"
            raise ProblemError(404, "model-unknown", told, param="model")
        return ModelCard.of(served[name])

    @routes.post(
        "/audio/transcriptions",
        response_model=None,
        responses={**_TRANSCRIPT, **problems(*UPLOADING)},
        dependencies=[UNKNOWN_FIELDS],
    )
    async def transcriptions(
        request: Request,
        state: State,
        file: Annotated[UploadFile, File()],
        model: Annotated[str, Form()] = "",
        language: Annotated[
            str, Form(description="A language of the model, mixed, or nothing.", max_length=100)
        ] = "",
        prompt: Annotated[str, Form()] = "",
        response_format: Annotated[ResponseFormat, Form()] = ResponseFormat.JSON,
        temperature: Annotated[float, Form()] = 0.0,
        bracketed: Annotated[list[str], Form(alias="timestamp_granularities[]")] = [],  # noqa: B006
        plain: Annotated[list[str], Form(alias="timestamp_granularities")] = [],  # noqa: B006
        stream: Annotated[bool, Form()] = False,
        written: Annotated[bool, Form(description="Figures, and sentences by pauses.")] = True,
        script: Annotated[Script, Form()] = Script.CANONICAL,
        redact: Redact = "",
        speakers: Speakers = "",
        chunking_strategy: Annotated[str, Form(max_length=1_000)] = "",  # noqa: ARG001
    ) -> Response:
        """Transcribe one recording, as OpenAI's clients ask for it."""
        named = state.transcriber.named_model(model)
        for name, given in (("prompt", prompt), ("temperature", temperature)):
            if given:
                warn(request.scope, f"{name} has no effect")
        diarized = response_format is ResponseFormat.DIARIZED_JSON
        wish = speakers or ("auto" if diarized else "")
        options = read_options(_read_language(language), "", redact, wish)
        wanted = _read_granularities([*bracketed, *plain])
        recognition = await state.transcriber.transcribe(request, file.file, options, named)
        writing = Writing(figures=written, sentences=written, script=script)
        form = await run_in_threadpool(write_where_known, recognition.transcript, writing)
        if stream:
            events = write_diarized_events(form) if diarized else _events(form)
            return StreamingResponse(events, media_type="text/event-stream")
        return _answer(replace(recognition, transcript=form), response_format, wanted)

    return routes


def _read_language(text: str) -> LanguageHint:
    try:
        return LanguageHint(text)
    except ValueError:
        known = ", ".join(hint for hint in LanguageHint if hint is not LanguageHint.AUTO)
        told = f"language {text!r} is not supported: send one of {known}, or nothing"
        raise ProblemError(422, "unknown-language", told, param="language") from None


def _read_granularities(fields: Sequence[str]) -> Sequence[str]:
    """Which lists an answer has; clients write them as several fields, as JSON or with commas."""
    named = [name for field in fields for name in re.findall(r"[^\s,\[\]\"']+", field)]
    if unknown := set(named) - _GRANULARITIES:
        told = f"timestamp_granularities: {reprlib.repr(min(unknown))} is neither word nor segment"
        raise ProblemError(422, "invalid-request", told, param="timestamp_granularities")
    return named or ["segment"]


def _answer(
    recognition: Recognition, form: ResponseFormat, granularities: Sequence[str]
) -> Response:
    match form:
        case ResponseFormat.JSON:
            return _json(Transcription(text=recognition.transcript.text))
        case ResponseFormat.TEXT:
            return PlainTextResponse(recognition.transcript.text + "\n")
        case ResponseFormat.SRT:
            return PlainTextResponse(srt(recognition.transcript))
        case ResponseFormat.VTT:
            return PlainTextResponse(vtt(recognition.transcript), media_type="text/vtt")
        case ResponseFormat.VERBOSE_JSON:
            return _json(_verbose(recognition, granularities))
        case ResponseFormat.DIARIZED_JSON:
            return _json(DiarizedTranscription.of(recognition))


def _json(answer: BaseModel) -> Response:
    told = answer.model_dump_json(exclude_none=True)
    return Response(told, media_type="application/json")


def _verbose(recognition: Recognition, granularities: Sequence[str]) -> VerboseTranscription:
    transcript = recognition.transcript
    segments = [
        Segment(id=number, start=cue.start_s, end=cue.end_s, text=cue.text)
        for number, cue in enumerate(cues(transcript))
    ]
    words = [
        SpokenWord(
            word=word.text,
            start=word.start_s,
            end=word.end_s,
            language=word.language,
            confidence=word.confidence,
        )
        for word in transcript.words
    ]
    return VerboseTranscription(
        language=_NAMES.get(transcript.language, transcript.language.value),
        duration=recognition.duration_s,
        text=transcript.text,
        segments=segments if "segment" in granularities else None,
        words=words if "word" in granularities else None,
        warnings=[LossAnswer.of(loss) for loss in recognition.losses] or None,
    )


def _events(transcript: Transcript) -> Iterator[str]:
    """Server-sent events: a delta for every cue, then the whole."""
    before = ""
    for cue in cues(transcript):
        yield _event({"type": "transcript.text.delta", "delta": before + cue.text})
        before = " "
    yield _event({"type": "transcript.text.done", "text": transcript.text})


def _event(content: dict[str, Any]) -> str:
    return f"data: {json.dumps(content, ensure_ascii=False)}\n\n"
