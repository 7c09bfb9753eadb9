"""OpenAI's realtime protocol for transcription, so that its clients work unchanged.

https://platform.openai.com/docs/guides/realtime-transcription. Deltas are append-only there, so
they carry stable words alone, as they are spoken; ``.completed`` has the final transcript, in
written form where the address asks for it.
"""

import base64
import binascii
import uuid
from typing import Any, Final

from starlette.datastructures import QueryParams

from ovoz.audio.incoming import Encoding
from ovoz.serving.inference.options import LanguageHint, RecognitionOptions
from ovoz.serving.live.events import SocketFaultError
from ovoz.serving.live.options import StreamOptions
from ovoz.serving.live.outbox import NumberedEvent
from ovoz.serving.live.session import LiveSession
from ovoz.serving.sockets.dialogue import (
    AudioCommand,
    Command,
    FinalizeCommand,
    Message,
    ReplyCommand,
    bad_message,
    read_object,
)
from ovoz.serving.sockets.written import redaction_in_address, write_segment
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

_FORMATS: Final = {
    "audio/pcm": (Encoding.S16LE, 24_000),
    "audio/pcmu": (Encoding.MULAW, 8_000),
    "audio/pcma": (Encoding.ALAW, 8_000),
}
_TRANSCRIPTION: Final = "conversation.item.input_audio_transcription"
_BUFFER: Final = "input_audio_buffer"


class RealtimeDialogue:
    """OpenAI's events; see :class:`ovoz.serving.sockets.dialogue.Dialogue`.

    Args:
        model: Name that the client gave the model; it is not looked at.
    """

    is_resumable = False

    def __init__(self, model: str = "") -> None:
        self._session_id = f"sess_{uuid.uuid4().hex}"
        self._input: Message = {
            "format": {"type": "audio/pcm", "rate": 24_000},
            "transcription": {"model": model or "ovoz", "language": "", "prompt": ""},
            "turn_detection": {"type": "server_vad"},
        }
        self._writing = SPOKEN
        self._redact: frozenset[RedactionKind] = frozenset()
        self._has_audio = False
        self._items: dict[tuple[int, int], str] = {}
        self._said: dict[tuple[int, int], str] = {}
        self._last_item = ""
        self._unfinished: list[FinalTranscript] = []

    @property
    def options(self) -> StreamOptions:
        """What the session's latest settings ask for.

        Raises:
            SocketFaultError: They have no sensible value.
        """
        form = self._input["format"]
        encoding, rate = _FORMATS.get(str(form.get("type")), (None, 0))
        if encoding is None:
            raise bad_message(f"audio.input.format.type: one of {', '.join(_FORMATS)} is expected")
        silence_ms = (self._input["turn_detection"] or {}).get("silence_duration_ms")
        told_rate = form.get("rate", rate)
        if not isinstance(told_rate, int):
            raise bad_message("audio.input.format.rate: a whole number is expected")
        return StreamOptions(
            RecognitionOptions(_read_language(self._input["transcription"]), redact=self._redact),
            encoding=encoding,
            sample_rate=told_rate,
            endpoint_s=_read_silence_s(silence_ms),
        )

    def read_address(self, query: QueryParams) -> None:
        """Take ``written``, ``script`` and ``redact``, for which OpenAI's session has no place.

        Raises:
            SocketFaultError: One of them has no sensible value.
        """
        self._redact = redaction_in_address(query)
        self._writing = _read_writing(query)

    def write_created(self) -> list[Message]:
        """The greeting."""
        return [_event("session.created", session=self._write_session())]

    def read(self, text: str) -> Command:
        """The command in a text message."""
        message = read_object(text)
        match message.get("type"):
            case "input_audio_buffer.append":
                self._has_audio = True
                return AudioCommand(_read_audio(message.get("audio")))
            case "input_audio_buffer.commit":
                return FinalizeCommand()
            case "session.update":
                return self._configure(message.get("session"))
            case "input_audio_buffer.clear":
                return ReplyCommand((_event(f"{_BUFFER}.cleared"),))
            case other:
                raise bad_message(f"unknown event type {str(other)[:60]!r}")

    def write(self, numbered: NumberedEvent) -> list[Message]:
        """The events of an event."""
        match numbered.event:
            case SpeechStarted(_, at_s) if self._detects_turns:
                begun = f"item_{uuid.uuid4().hex}"
                self._items[(-1, -1)] = begun
                place = {"audio_start_ms": _ms(at_s), "item_id": begun}
                return [_event(f"{_BUFFER}.speech_started", **place)]
            case PartialTranscript() as partial if self._detects_turns:
                stable = " ".join(word.text for word in partial.words[: partial.stable_words])
                return self._write_delta((partial.track, partial.segment), stable)
            case FinalTranscript() as final if self._detects_turns:
                return self._write_final(final)
            case FinalTranscript() as final:
                self._unfinished.append(final)
            case SpeechEnded(_, at_s) if self._detects_turns:
                item = self._items.pop((-1, -1), self._last_item)
                return [_event(f"{_BUFFER}.speech_stopped", audio_end_ms=_ms(at_s), item_id=item)]
            case Flushed() if not self._detects_turns:
                return self._write_turn()
        return []

    def write_end(self, session: LiveSession) -> list[Message]:
        """OpenAI has no end."""
        del session
        return []

    def write_fault(self, fault: SocketFaultError) -> list[Message]:
        """What is wrong."""
        kind = "server_error" if fault.code == 1011 else "invalid_request_error"
        told = {"type": kind, "code": fault.kind, "message": fault.detail, "param": None}
        return [_event("error", error=told)]

    @property
    def _detects_turns(self) -> bool:
        return self._input["turn_detection"] is not None

    def _configure(self, session: object) -> Command:
        """Take settings; those of the audio count until the first of it comes."""
        audio = session.get("audio") if isinstance(session, dict) else None
        given = audio.get("input") if isinstance(audio, dict) else None
        if isinstance(given, dict) and not self._has_audio:
            for name in ("format", "transcription", "turn_detection"):
                value = given.get(name, self._input[name])
                if not (isinstance(value, dict) or (name == "turn_detection" and value is None)):
                    raise bad_message(f"audio.input.{name}: an object is expected")
                self._input[name] = value
        return ReplyCommand((_event("session.updated", session=self._write_session()),))

    def _write_session(self) -> Message:
        return {
            "type": "transcription",
            "id": self._session_id,
            "object": "realtime.transcription_session",
            "audio": {"input": self._input},
        }

    def _write_final(self, final: FinalTranscript) -> list[Message]:
        place = (final.track, final.segment)
        text = self._read_text(final)
        events = self._write_delta(place, text)
        item = self._items.pop(place)
        self._said.pop(place, None)
        usage = {"type": "duration", "seconds": round(final.end_s - final.start_s, 3)}
        return [
            *events,
            _event(f"{_BUFFER}.committed", item_id=item, previous_item_id=self._last_item or None),
            *self._complete(item, text, usage),
        ]

    def _write_delta(self, place: tuple[int, int], stable: str) -> list[Message]:
        """What stable text has more than was said of the item; nothing where it has changed."""
        events = []
        if place not in self._items:
            item = self._items.pop((-1, -1), None) or f"item_{uuid.uuid4().hex}"
            self._items[place] = item
            events.append(_added(item, self._last_item or None))
        said = self._said.get(place, "")
        if stable.startswith(said) and stable != said:
            self._said[place] = stable
            events.append(
                _event(
                    f"{_TRANSCRIPTION}.delta",
                    item_id=self._items[place],
                    content_index=0,
                    delta=stable[len(said) :],
                )
            )
        return events

    def _write_turn(self) -> list[Message]:
        """One item for everything that a client committed itself."""
        finals, self._unfinished = self._unfinished, []
        item, before = f"item_{uuid.uuid4().hex}", self._last_item or None
        text = " ".join(self._read_text(final) for final in finals)
        seconds = sum(final.end_s - final.start_s for final in finals)
        return [
            _event(f"{_BUFFER}.committed", item_id=item, previous_item_id=before),
            _added(item, before),
            *self._complete(item, text, {"type": "duration", "seconds": round(seconds, 3)}),
        ]

    def _read_text(self, final: FinalTranscript) -> str:
        return write_segment(final, self._writing).text

    def _complete(self, item: str, text: str, usage: Message) -> list[Message]:
        self._last_item = item
        fields: dict[str, Any] = {"item_id": item, "content_index": 0, "transcript": text}
        return [_event(f"{_TRANSCRIPTION}.completed", usage=usage, **fields)]


def _event(kind: str, **fields: Any) -> Message:
    return {"type": kind, "event_id": f"event_{uuid.uuid4().hex}", **fields}


def _added(item: str, before: str | None) -> Message:
    content = [{"type": "input_audio", "transcript": None}]
    told = {"id": item, "type": "message", "role": "user", "status": "completed"}
    return _event(
        "conversation.item.added", previous_item_id=before, item=told | {"content": content}
    )


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


def _read_audio(encoded: object) -> bytes:
    try:
        return base64.b64decode(encoded if isinstance(encoded, str) else "=", validate=True)
    except binascii.Error:
        raise bad_message("audio: base64 is expected") from None


def _read_language(transcription: Message) -> LanguageHint:
    """The hint; a language that we do not know is no hint."""
    try:
        return LanguageHint(transcription.get("language") or "auto")
    except ValueError:
        return LanguageHint.AUTO


def _read_writing(query: QueryParams) -> Writing:
    written, script = query.get("written", "false"), query.get("script", Script.CANONICAL)
    if written not in {"true", "false"}:
        raise bad_message("written: true or false is expected")
    if script not in set(Script):
        raise bad_message(f"script: one of {', '.join(Script)} is expected")
    return Writing(figures=written == "true", sentences=written == "true", script=Script(script))


def _read_silence_s(silence_ms: object) -> float | None:
    if not isinstance(silence_ms, int | float) or not 10 <= silence_ms <= 5_000:
        return None
    return silence_ms / 1000
