"""Who is calling, and what that one may do."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final


class Scope(StrEnum):
    """What a key or a token may be good for."""

    TRANSCRIBE = "transcribe"
    FEEDBACK = "feedback"
    METRICS = "metrics"
    ADMIN = "admin"


CALLER: Final = "ovoz.caller"
"""Where in the ASGI scope the application finds its :class:`Caller`."""

EVERYTHING: Final = frozenset(Scope)
BY_DEFAULT: Final = EVERYTHING - {Scope.ADMIN}
"""Of a key whose scopes are not named."""
AUTHENTICATE: Final = "ovoz.authenticate"
"""Where in the scope of a socket that shows no key it finds what takes one later."""

_OF_PATH: Final = {
    "/metrics": Scope.METRICS,
    "/feedback": Scope.FEEDBACK,
    "/v1/canary": Scope.ADMIN,
}


@dataclass(frozen=True)
class Caller:
    """One caller: ``name`` identifies it in limits and logs and is no secret."""

    name: str
    scopes: frozenset[Scope] = EVERYTHING

    def may(self, path: str) -> bool:
        """Whether this caller may ask for ``path``."""
        return scope_of(path) in self.scopes


def scope_of(path: str) -> Scope:
    """The scope that ``path`` needs."""
    return _OF_PATH.get(path.rstrip("/"), Scope.TRANSCRIBE)


def scopes_of(names: list[str]) -> frozenset[Scope]:
    """The scopes of ``names``.

    Raises:
        ValueError: one of them is no scope.
    """
    return frozenset(Scope(name) for name in names)


LOOPBACK: Final = "loopback"
"""Whoever is on this machine while there is no authentication."""
ANYBODY: Final = frozenset({"", LOOPBACK})
"""Names that many callers share."""


def caller_name(scope: Mapping[str, Any]) -> str:
    """The caller of the request with this ASGI scope; empty where nobody asked who it is."""
    caller: Caller | None = scope.get(CALLER)
    return caller.name if caller else ""
