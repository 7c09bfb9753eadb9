"""What a live session reports besides the events of its audio, and how it fails."""

from dataclasses import dataclass
from typing import Literal

from ovoz.serving.problems import ProblemError
from ovoz.streaming.events import Event


@dataclass(frozen=True, slots=True)
class LagWarning:
    """The model is behind: ``lag_ms`` of speech are read by nothing yet."""

    lag_ms: int
    kind: Literal["lag"] = "lag"


LiveEvent = Event | LagWarning


class SocketFaultError(Exception):
    """A socket is to be closed.

    Args:
        code: of RFC 6455 (7.4).
        kind: the stable name of what is wrong, as in a problem's type.
        detail: one sentence for the client.
        finish: whether what was received is still recognised and sent.
        keeps_session: whether the session goes on without this socket.
    """

    def __init__(
        self,
        code: int,
        kind: str,
        detail: str,
        *,
        finish: bool = False,
        keeps_session: bool = False,
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.kind = kind
        self.detail = detail
        self.finish = finish
        self.keeps_session = keeps_session

    @classmethod
    def of(cls, error: ProblemError) -> "SocketFaultError":
        """The fault of a problem."""
        return cls(error.close_code, error.kind, error.detail, finish=error.close_code == 1013)
