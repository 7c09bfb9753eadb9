"""What a live stream reports; times are seconds of audio from the start of the stream."""

from collections.abc import Sequence
from typing import Annotated, Final, Literal

from pydantic import Field, TypeAdapter, ValidationError

from ovoz_client.answers import Answered, Switch, Word


class Ready(Answered):
    """The service takes audio; reported again after every drop."""

    type: Literal["ready"] = "ready"
    session_id: str
    resumed: bool
    received_bytes: int | None = None
    model_version: str = ""
    notice: str = ""


class SpeechStarted(Answered):
    """Somebody begins to speak."""

    type: Literal["speech_started"] = "speech_started"
    channel: int = 0
    at_s: float


class SpeechEnded(Answered):
    """The end of a segment; comes after its final transcript."""

    type: Literal["speech_ended"] = "speech_ended"
    channel: int = 0
    at_s: float


class PartialTranscript(Answered):
    """A transcript that may still change, but for its first ``stable_chars`` characters."""

    type: Literal["partial"] = "partial"
    channel: int = 0
    segment: int
    start_s: float
    end_s: float
    text: str
    stable_chars: int = 0
    language_detected: str = ""
    words: tuple[Word, ...] = ()


class FinalTranscript(Answered):
    """A transcript that does not change any more; confidences in [0, 1]."""

    type: Literal["final"] = "final"
    channel: int = 0
    segment: int
    start_s: float
    end_s: float
    text: str
    language_detected: str = ""
    language_confidence: float = 1.0
    confidence: float = 1.0
    words: tuple[Word, ...] = ()
    switches: tuple[Switch, ...] = ()
    reason: str = ""
    changed_words: int = 0
    model_version: str = ""


class Finalized(Answered):
    """All audio up to here is answered."""

    type: Literal["finalized"] = "finalized"
    at_s: float


class Warned(Answered):
    """The service is behind the audio and omits partial transcripts."""

    type: Literal["warning"] = "warning"
    code: str
    message: str = ""
    lag_ms: int = 0


class Done(Answered):
    """The end, after :meth:`Stream.stop`."""

    type: Literal["done"] = "done"
    duration_s: float


Event = (
    Ready
    | SpeechStarted
    | SpeechEnded
    | PartialTranscript
    | FinalTranscript
    | Finalized
    | Warned
    | Done
)
_EVENT: Final[TypeAdapter[Event]] = TypeAdapter(Annotated[Event, Field(discriminator="type")])


def read_event(message: dict[str, object]) -> Event | None:
    """The event of a message; None for one of a kind that a later service added."""
    try:
        return _EVENT.validate_python(message)
    except ValidationError as error:
        if error.errors()[0]["type"] == "union_tag_invalid":
            return None
        raise


def shifted(event: Event, by_s: float, first_segment: Sequence[int]) -> Event:
    """An event of a session that began ``by_s`` seconds into the stream.

    Args:
        event: as the service sent it.
        by_s: seconds.
        first_segment: number of the session's first segment in the stream, by channel.
    """
    changes: dict[str, object] = {}
    for name in ("start_s", "end_s", "at_s"):
        if hasattr(event, name):
            changes[name] = getattr(event, name) + by_s
    if isinstance(event, PartialTranscript | FinalTranscript):
        changes["segment"] = event.segment + first_segment[event.channel]
        changes["words"] = tuple(
            word.model_copy(update={"start_s": word.start_s + by_s, "end_s": word.end_s + by_s})
            for word in event.words
        )
    if isinstance(event, FinalTranscript):
        changes["switches"] = tuple(
            one.model_copy(update={"time_s": one.time_s + by_s}) for one in event.switches
        )
    if isinstance(event, Done):
        changes["duration_s"] = event.duration_s + by_s
    return event.model_copy(update=changes)
