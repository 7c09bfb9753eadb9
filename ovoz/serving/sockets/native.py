"""Our own protocol: messages of ``/ws/transcribe``, as docs/streaming.md describes them."""

from dataclasses import asdict
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from ovoz.audio.incoming import Encoding
from ovoz.engine.transcript import Word, word_fields
from ovoz.serving.inference.options import LanguageHint, RecognitionOptions, read_redaction
from ovoz.serving.live.events import LagWarning, SocketFaultError
from ovoz.serving.live.options import StreamOptions
from ovoz.serving.live.outbox import NumberedEvent
from ovoz.serving.live.session import LiveSession
from ovoz.serving.sockets.dialogue import (
    AcknowledgeCommand,
    Command,
    FinalizeCommand,
    Message,
    ReplyCommand,
    StopCommand,
    bad_message,
    read_object,
)
from ovoz.serving.sockets.written import write_segment
from ovoz.streaming.events import (
    FinalTranscript,
    Flushed,
    PartialTranscript,
    SpeechEnded,
    SpeechStarted,
)
from ovoz.text.written.redaction import RedactionKind
from ovoz.text.written.script import Script
from ovoz.text.written.writing import SPOKEN, Writing

_ALIASES: Final = {
    "pcm": Encoding.S16LE,
    "pcm_s16le": Encoding.S16LE,
    "linear16": Encoding.S16LE,
    "float32": Encoding.F32LE,
    "pcm_f32le": Encoding.F32LE,
    "ulaw": Encoding.MULAW,
    "pcm_mulaw": Encoding.MULAW,
    "pcm_alaw": Encoding.ALAW,
    "ogg": Encoding.OPUS,
    "webm": Encoding.OPUS,
    "ogg-opus": Encoding.OPUS,
    "webm-opus": Encoding.OPUS,
}


def read_encoding(name: object) -> object:
    """The encoding under any of its usual names; other values as they are."""
    return _ALIASES.get(name.lower(), name.lower()) if isinstance(name, str) else name


def _read_kinds(value: object) -> object:
    """Kinds as a list of names, or as one text; other values as they are."""
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        return value
    return read_redaction(names)


Redaction = Annotated[frozenset[RedactionKind], BeforeValidator(_read_kinds)]


class StartMessage(BaseModel):
    """The first message of a client."""

    model_config = ConfigDict(extra="ignore")

    type: Literal["start"]
    encoding: Annotated[Encoding, BeforeValidator(read_encoding)] = Encoding.S16LE
    sample_rate: int = 16_000
    channels: int = Field(default=1, ge=1, le=2)
    language_hint: LanguageHint = LanguageHint.AUTO
    hotwords: tuple[str, ...] = Field(default=(), max_length=100)
    partials: bool = True
    endpoint_ms: int | None = Field(default=None, ge=10, le=5_000)
    redact: Redaction = frozenset()
    written: bool = False
    script: Script = Script.CANONICAL
    token: str = ""
    session_id: str = Field(default="", max_length=64)
    last_seq: int = Field(default=0, ge=0)

    @classmethod
    def parse(cls, text: str | bytes) -> "StartMessage":
        """The message in a frame.

        Raises:
            SocketFaultError: It is none.
        """
        if isinstance(text, bytes):
            raise bad_message("the first message must be start, as JSON text")
        try:
            return cls.model_validate(read_object(text))
        except ValidationError as error:
            fault = error.errors()[0]
            place = ".".join(map(str, fault["loc"]))
            raise bad_message(f"start: {place}: {fault['msg']}") from error

    @property
    def options(self) -> StreamOptions:
        """What it says of the audio, and asks for."""
        return StreamOptions(
            RecognitionOptions(self.language_hint, self.hotwords, redact=self.redact),
            encoding=self.encoding,
            sample_rate=self.sample_rate,
            channels=self.channels,
            endpoint_s=self.endpoint_ms / 1000 if self.endpoint_ms else None,
            partials=self.partials,
        )

    @property
    def writing(self) -> Writing:
        """How finals are written beside their spoken form."""
        return Writing(figures=self.written, sentences=self.written, script=self.script)


class NativeDialogue:
    """Our own protocol; see :class:`ovoz.serving.sockets.dialogue.Dialogue`."""

    is_resumable = True

    def __init__(self, writing: Writing = SPOKEN) -> None:
        self._writing = writing

    def read(self, text: str) -> Command:
        """The command in a text message."""
        message = read_object(text)
        match message.get("type"):
            case "finalize":
                return FinalizeCommand()
            case "keepalive":
                return ReplyCommand()
            case "stop":
                return StopCommand()
            case "ack":
                seq = message.get("seq")
                if not isinstance(seq, int) or isinstance(seq, bool) or seq < 0:
                    raise bad_message("ack: seq must be the number of an event")
                return AcknowledgeCommand(seq)
            case other:
                raise bad_message(f"unknown message type {str(other)[:40]!r}")

    def write_ready(self, session: LiveSession, *, resumed: bool) -> list[Message]:
        """The answer to start: what the session is, and from where audio is expected."""
        options = session.options
        countable = options.encoding is not Encoding.OPUS
        return [
            {
                "type": "ready",
                "session_id": session.id,
                "resumed": resumed,
                "position_s": round(session.position_s, 3),
                "received_bytes": session.received_bytes if countable else None,
                "encoding": options.encoding.value,
                "sample_rate": options.sample_rate,
                "channels": options.channels,
                **session.model_facts,
            }
        ]

    def write(self, numbered: NumberedEvent) -> list[Message]:
        """The message of an event."""
        head: Message = {"type": _TYPES[numbered.event.kind], "seq": numbered.seq}
        match numbered.event:
            case SpeechStarted(track, at_s) | SpeechEnded(track, at_s):
                return [head | {"channel": track, "at_s": round(at_s, 3)}]
            case PartialTranscript() as partial:
                return [head | _write_partial(partial)]
            case FinalTranscript() as final:
                return [head | _write_final(final) | self._write_form(final)]
            case Flushed(at_s):
                return [head | {"at_s": round(at_s, 3)}]
            case LagWarning(lag_ms):
                detail = "the service is behind the audio; partial transcripts are left out"
                return [head | {"code": "lag", "lag_ms": lag_ms, "message": detail}]

    def _write_form(self, final: FinalTranscript) -> Message:
        """The written form, where the client asked for it."""
        if self._writing.changes_nothing:
            return {}
        form = write_segment(final, self._writing)
        words = [_write_word(word, final.track) for word in form.words]
        return {"written": {"text": form.text, "words": words}}

    def write_end(self, session: LiveSession) -> list[Message]:
        """The last message."""
        last = {"duration_s": round(session.position_s, 3), "last_seq": session.outbox.last}
        return [{"type": "done", "session_id": session.id, **last}]

    def write_fault(self, fault: SocketFaultError) -> list[Message]:
        """What is wrong."""
        return [{"type": "error", "code": fault.kind, "message": fault.detail}]


_TYPES: Final = {
    "speech_started": "speech_started",
    "speech_ended": "speech_ended",
    "partial": "partial",
    "final": "final",
    "flushed": "finalized",
    "lag": "warning",
}


def _write_word(word: Word, track: int) -> Message:
    return {**word_fields(word), "language": word.language.value, "channel": track}


def _write_partial(partial: PartialTranscript) -> dict[str, Any]:
    return {
        "channel": partial.track,
        "segment": partial.segment,
        "start_s": round(partial.start_s, 3),
        "end_s": round(partial.end_s, 3),
        "text": partial.text,
        "stable_chars": partial.stable_chars,
        "language_detected": partial.language.value,
        "words": [_write_word(word, partial.track) for word in partial.words],
    }


def _write_final(final: FinalTranscript) -> dict[str, Any]:
    transcript = final.transcript
    return {
        "channel": final.track,
        "segment": final.segment,
        "start_s": round(final.start_s, 3),
        "end_s": round(final.end_s, 3),
        "text": transcript.text,
        "language_detected": transcript.language.value,
        "language_confidence": transcript.language_confidence,
        "confidence": transcript.confidence,
        "words": [_write_word(word, final.track) for word in transcript.words],
        "switches": [
            {
                **asdict(switch),
                "from_language": switch.from_language.value,
                "to_language": switch.to_language.value,
            }
            for switch in transcript.switches
        ],
        "reason": final.reason.value,
        "changed_words": final.stable_changed,
        "model_version": transcript.model_version,
    }
