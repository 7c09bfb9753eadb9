"""Who a socket's client is: known from its request, or from a key it shows later."""

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Final

from starlette.websockets import WebSocket

from ovoz.serving.auth.caller import AUTHENTICATE, CALLER, Caller
from ovoz.serving.live.events import SocketFaultError
from ovoz.serving.middleware.rate_limit import RATES, RateLimits, Rates
from ovoz.serving.problems import ProblemError

_OPENAI: Final = "openai-insecure-api-key."
_DEEPGRAM: Final = frozenset({"token", "bearer"})


def key_in_subprotocols(socket: WebSocket) -> tuple[str, str | None]:
    """The key that a browser's client hides among subprotocols, and the one to accept."""
    offered: list[str] = socket.scope.get("subprotocols", [])
    for name in offered:
        if name.startswith(_OPENAI):
            return name.removeprefix(_OPENAI), "realtime" if "realtime" in offered else None
    if len(offered) >= 2 and offered[0].lower() in _DEEPGRAM:
        return offered[1], offered[0]
    return "", offered[0] if offered else None


async def identify(socket: WebSocket, key: str, turn: AsyncExitStack) -> Caller | None:
    """The client, counted among those under way until ``turn`` ends.

    Returns:
        None where the service asks nobody who they are.

    Raises:
        SocketFaultError: The key is missing or refused, or the client is over its limits.
    """
    scope = socket.scope
    ask: Callable[[str], Awaitable[Caller]] | None = scope.get(AUTHENTICATE)
    limits: RateLimits | None = scope.get(RATES)
    if ask is None:
        return scope.get(CALLER)
    try:
        scope[CALLER] = caller = await ask(key)
        if limits is not None:
            await turn.enter_async_context(limits.take_turn(caller.name))
    except ProblemError as error:
        raise SocketFaultError.of(error) from error
    return caller


def rates_of(socket: WebSocket) -> Rates | None:
    """The limits of the service's callers."""
    limits: RateLimits | None = socket.scope.get(RATES)
    return limits.rates if limits is not None else None
