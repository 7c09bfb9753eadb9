"""Deepgram's live protocol, so that its clients work unchanged.

https://developers.deepgram.com/reference/speech-to-text/listen-streaming. Parameters that are not
read here are ignored, as Deepgram does. ``language`` is per word in ``words``, as in its
``language=multi``. Finals are in written form where ``smart_format``, ``numerals`` or ``punctuate``
asks for it.
"""

from datetime import UTC, datetime
from typing import Any, Final

from starlette.datastructures import QueryParams

from ovoz.audio.incoming import Encoding
from ovoz.engine.transcript import Word
from ovoz.serving.inference.options import LanguageHint, RecognitionOptions
from ovoz.serving.live.events import SocketFaultError
from ovoz.serving.live.options import StreamOptions
from ovoz.serving.live.outbox import NumberedEvent
from ovoz.serving.live.session import LiveSession
from ovoz.serving.sockets.dialogue import (
    Command,
    FinalizeCommand,
    Message,
    ReplyCommand,
    StopCommand,
    bad_message,
    read_object,
)
from ovoz.serving.sockets.written import redaction_in_address, write_segment
from ovoz.streaming.events import (
    CloseReason,
    FinalTranscript,
    Flushed,
    PartialTranscript,
    SpeechEnded,
    SpeechStarted,
)
from ovoz.text.language import Language
from ovoz.text.written.writing import Writing

_ENCODINGS: Final = {
    "": Encoding.OPUS,
    "opus": Encoding.OPUS,
    "ogg-opus": Encoding.OPUS,
    "linear16": Encoding.S16LE,
    "mulaw": Encoding.MULAW,
    "alaw": Encoding.ALAW,
}
_MAX_ENDPOINT_S: Final = 5.0


def read_options(query: QueryParams) -> StreamOptions:
    """What the address of a socket asks for; without an encoding, the audio has a container.

    Raises:
        SocketFaultError: A parameter has no sensible value.
    """
    encoding = _ENCODINGS.get(query.get("encoding", "").lower())
    if encoding is None:
        known = ", ".join(name for name in _ENCODINGS if name)
        raise bad_message(f"encoding: one of {known} is expected, or none for a container")
    channels = _read_number(query, "channels", 1)
    if _wants_speakers(query) and channels < 2:
        raise bad_message(
            "diarize: a stream of one channel has no speakers: send a channel for each side of the"
            " call (channels=2), or the recording to /jobs with speakers"
        )
    return StreamOptions(
        RecognitionOptions(
            _read_language(query), _read_hot_words(query), redact=redaction_in_address(query)
        ),
        encoding=encoding,
        sample_rate=_read_number(query, "sample_rate", 16_000),
        channels=channels,
        endpoint_s=_read_endpoint_s(query),
        partials=query.get("interim_results") == "true",
    )


def _wants_speakers(query: QueryParams) -> bool:
    return query.get("diarize") == "true"


def _read_number(query: QueryParams, name: str, default: int) -> int:
    text = query.get(name, str(default))
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise bad_message(f"{name}: a whole number is expected")
    return int(text)


def _read_endpoint_s(query: QueryParams) -> float | None:
    """Silence that ends a segment; the service's own where the client gives no number."""
    text = query.get("endpointing", "")
    if not text.isascii() or not text.isdigit() or int(text[:9]) == 0:
        return None
    return min(int(text[:9]) / 1000, _MAX_ENDPOINT_S)


def _read_language(query: QueryParams) -> LanguageHint:
    """The hint; clients send a language that we do not know by default."""
    try:
        return LanguageHint(query.get("language", "auto"))
    except ValueError:
        return LanguageHint.AUTO


def _read_hot_words(query: QueryParams) -> tuple[str, ...]:
    """Words of ``keyterm`` and of ``keywords``, whose weight behind a colon is left out."""
    terms = query.getlist("keyterm") + [one.split(":")[0] for one in query.getlist("keywords")]
    return tuple(dict.fromkeys(word for term in terms for word in term.split()))


def _read_writing(query: QueryParams) -> Writing:
    def asked(*names: str) -> bool:
        return any(query.get(name) == "true" for name in names)

    return Writing(
        figures=asked("smart_format", "numerals"),
        sentences=asked("smart_format", "punctuate"),
    )


class DeepgramDialogue:
    """Deepgram's messages; see :class:`ovoz.serving.sockets.dialogue.Dialogue`."""

    is_resumable = False

    def __init__(self, query: QueryParams, session: LiveSession) -> None:
        self._session = session
        self._writing = _read_writing(query)
        self._tells_speakers = _wants_speakers(query)
        self._tells_speech = query.get("vad_events") == "true"
        self._tells_ends = bool(query.get("utterance_end_ms"))
        self._last_word_end_s = 0.0
        self._is_flushed = False

    def read(self, text: str) -> Command:
        """The command in a text message."""
        match read_object(text).get("type"):
            case "KeepAlive":
                return ReplyCommand()
            case "Finalize":
                return FinalizeCommand()
            case "CloseStream":
                return StopCommand()
            case other:
                raise bad_message(f"unknown message type {str(other)[:40]!r}")

    def write(self, numbered: NumberedEvent) -> list[Message]:
        """The messages of an event."""
        match numbered.event:
            case SpeechStarted(track, at_s) if self._tells_speech:
                channel = [track, self._session.options.channels]
                return [{"type": "SpeechStarted", "channel": channel, "timestamp": at_s}]
            case SpeechEnded(track) if self._tells_ends:
                channel = [track, self._session.options.channels]
                end = {"channel": channel, "last_word_end": self._last_word_end_s}
                return [{"type": "UtteranceEnd", **end}]
            case PartialTranscript() as partial:
                return [self._write_partial(partial)]
            case FinalTranscript() as final:
                self._last_word_end_s = final.transcript.words[-1].end_s
                self._is_flushed = final.reason is CloseReason.FINALIZE
                return [self._write_final(final)]
            case Flushed(at_s) if not self._is_flushed:
                # Clients wait for one result marked so, even where nothing was said.
                nothing = self._write_results(0, at_s, at_s, "", 0.0, ())
                return [nothing | {"is_final": True, "from_finalize": True}]
            case Flushed():
                self._is_flushed = False
        return []

    def write_end(self, session: LiveSession) -> list[Message]:
        """The summary of the whole."""
        return [
            {
                "type": "Metadata",
                "transaction_key": "deprecated",
                "request_id": session.id,
                "sha256": "",
                "created": datetime.now(UTC).isoformat(timespec="milliseconds"),
                "duration": round(session.position_s, 3),
                "channels": session.options.channels,
            }
        ]

    def write_fault(self, fault: SocketFaultError) -> list[Message]:
        """What is wrong."""
        return write_fault(fault)

    def _write_partial(self, partial: PartialTranscript) -> Message:
        confidence = sum(word.confidence for word in partial.words) / len(partial.words)
        return self._write_results(
            partial.track, partial.start_s, partial.end_s, partial.text, confidence, partial.words
        )

    def _write_final(self, final: FinalTranscript) -> Message:
        transcript = write_segment(final, self._writing)
        results = self._write_results(
            final.track,
            final.start_s,
            final.end_s,
            transcript.text,
            transcript.confidence,
            transcript.words,
        )
        return results | {
            "is_final": True,
            "speech_final": final.reason.ends_speech,
            "from_finalize": final.reason is CloseReason.FINALIZE,
        }

    def _write_results(
        self,
        track: int,
        start_s: float,
        end_s: float,
        text: str,
        confidence: float,
        words: tuple[Word, ...],
    ) -> Message:
        facts = self._session.model_facts
        return {
            "type": "Results",
            "channel_index": [track, self._session.options.channels],
            "start": round(start_s, 3),
            "duration": round(end_s - start_s, 3),
            "is_final": False,
            "speech_final": False,
            "from_finalize": False,
            "channel": {
                "alternatives": [
                    {
                        "transcript": text,
                        "confidence": confidence,
                        "languages": _languages_of(words),
                        "words": [self._write_word(word, track) for word in words],
                    }
                ]
            },
            "metadata": {
                "request_id": self._session.id,
                "model_uuid": self._session.id,
                "model_info": {
                    "name": facts["model_version"],
                    "version": facts["model_version"],
                    "arch": "ovoz",
                },
            },
        }

    def _write_word(self, word: Word, track: int) -> Message:
        """A word; where speakers are asked for, its channel is who says it."""
        speaker = {"speaker": track} if self._tells_speakers else {}
        return {
            "word": word.text,
            "start": word.start_s,
            "end": word.end_s,
            "confidence": word.confidence,
            "punctuated_word": word.text,
            "language": word.language.value,
            **speaker,
        }


def write_fault(fault: SocketFaultError) -> list[Message]:
    """What is wrong, as Deepgram says it."""
    named: dict[str, Any] = {"variant": fault.kind, "message": fault.detail}
    return [{"type": "Error", "description": fault.detail, **named}]


def _languages_of(words: tuple[Word, ...]) -> list[str]:
    """The languages of words, the most frequent first."""
    spoken = [word.language.value for word in words if word.language is not Language.OTHER]
    return sorted(set(spoken), key=lambda language: (-spoken.count(language), language))
