"""What the protocols have in common: commands of a client, messages of the service."""

import json
from dataclasses import dataclass
from typing import Any, Protocol

from ovoz.serving.live.events import SocketFaultError
from ovoz.serving.live.outbox import NumberedEvent
from ovoz.serving.live.session import LiveSession

Message = dict[str, Any]
"""One message of the service, sent as JSON text."""


@dataclass(frozen=True, slots=True)
class AudioCommand:
    """Audio that follows."""

    content: bytes


@dataclass(frozen=True, slots=True)
class FinalizeCommand:
    """Finish what was received; more may follow."""


@dataclass(frozen=True, slots=True)
class StopCommand:
    """Finish what was received; nothing follows."""


@dataclass(frozen=True, slots=True)
class AcknowledgeCommand:
    """The client has the events up to ``seq``."""

    seq: int


@dataclass(frozen=True, slots=True)
class ReplyCommand:
    """Answer at once; with no messages, a sign of life."""

    messages: tuple[Message, ...] = ()


Command = AudioCommand | FinalizeCommand | StopCommand | AcknowledgeCommand | ReplyCommand


class Dialogue(Protocol):
    """One protocol's way to say it."""

    is_resumable: bool
    """Whether a client that is cut off can come back."""

    def read(self, text: str) -> Command:
        """The command in a text message.

        Raises:
            SocketFaultError: There is none.
        """
        ...

    def write(self, numbered: NumberedEvent) -> list[Message]:
        """The messages for an event; some have none."""
        ...

    def write_end(self, session: LiveSession) -> list[Message]:
        """The messages before a normal end."""
        ...

    def write_fault(self, fault: SocketFaultError) -> list[Message]:
        """The messages before the socket is closed for a fault."""
        ...


def read_object(text: str) -> Message:
    """The JSON object in a text message.

    Raises:
        SocketFaultError: It is no JSON object.
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise bad_message("a text message must be one JSON object")
    return found


def bad_message(detail: str) -> SocketFaultError:
    """The fault of a client that breaks the protocol."""
    return SocketFaultError(1008, "bad-message", detail[:500])
