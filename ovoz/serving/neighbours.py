"""One policy for everything that is asked over the network while a caller waits.

A neighbour has a deadline for its whole answer, whatever its client or its URL allow. One that
did not keep it is left alone for a moment, so that a frozen one delays one request per moment and
not all; its state is logged when it changes. (aiobreaker, the asyncio circuit breaker, has no
deadlines and counts failures, and has had no release since 2021.)
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar

from ovoz.audio.signal import Seconds
from ovoz.serving.supervision import is_cancelled

DEADLINE_S: Final = 0.25
_PAUSE_S: Final = 1.0
_SHOWN: Final = "ovoz.neighbours"
"""Where in the scope of a request the neighbours of the middlewares around it are."""
_LOG: Final = logging.getLogger(__name__)

_Answer = TypeVar("_Answer")


class NeighbourAwayError(ConnectionError):
    """A neighbour does not answer, or did not just now."""


@dataclass(frozen=True, slots=True)
class NeighbourState:
    """Whether a neighbour answers, and how long ago it last did; None: never."""

    answers: bool
    answered_s_ago: Seconds | None


class Watched(Protocol):
    """What ``/health`` tells the state of."""

    async def state(self) -> NeighbourState:
        """The state, found out within :data:`DEADLINE_S`."""


def show_neighbour(scope: MutableMapping[str, Any], name: str, neighbour: Watched) -> None:
    """Have ``/health`` tell of a neighbour that a middleware asks, which no route knows."""
    scope.setdefault(_SHOWN, {})[name] = neighbour


def shown_neighbours(scope: Mapping[str, Any]) -> Mapping[str, Watched]:
    """What :func:`show_neighbour` was given around this request."""
    shown: Mapping[str, Watched] = scope.get(_SHOWN, {})
    return shown


class Neighbour:
    """A store or a service that this process asks.

    Args:
        name: for the log.
        faults: what its client raises when it cannot be had.
        deadline_s: for one whole answer.
        probe: a question without effect, by which it is found out whether it is back; without one
            a caller's question finds out, and that caller waits.
    """

    def __init__(
        self,
        name: str,
        *faults: type[Exception],
        deadline_s: Seconds = DEADLINE_S,
        probe: Callable[[], Awaitable[object]] | None = None,
    ) -> None:
        self._name = name
        self._faults: tuple[type[Exception], ...] = (TimeoutError, *faults)
        self._deadline_s = deadline_s
        self._probe = probe
        self._probing: asyncio.Task[None] | None = None
        self._answers = True
        self._answered_s: Seconds | None = None
        self._left_alone_until = 0.0

    async def state(self) -> NeighbourState:
        """As :meth:`Watched.state`; what its probe says, where it has one."""
        if self._probe is not None:
            with suppress(NeighbourAwayError):
                await self.ask(self._probe)
        return NeighbourState(self._answers, age_s(self._answered_s))

    async def ask(self, question: Callable[[], Awaitable[_Answer]]) -> _Answer:
        """The answer to a question.

        Raises:
            NeighbourAwayError: there is none in time, or the neighbour failed a moment ago.
        """
        if time.monotonic() < self._left_alone_until:
            raise NeighbourAwayError(self._name)
        if not self._answers and self._probe is not None:
            if self._probing is None or self._probing.done():
                finding_out = self._find_out(self._probe)
                self._probing = asyncio.create_task(finding_out, name="ovoz-neighbour")
            raise NeighbourAwayError(self._name)
        return await self._ask(question)

    async def _find_out(self, probe: Callable[[], Awaitable[object]]) -> None:
        """Ask the probe; an answer means that the neighbour is back."""
        with suppress(NeighbourAwayError):
            await self._ask(probe)

    async def _ask(self, question: Callable[[], Awaitable[_Answer]]) -> _Answer:
        now = time.monotonic()
        if not self._answers:  # one request finds out; the others need not wait for it
            self._left_alone_until = now + self._deadline_s
        try:
            async with asyncio.timeout(self._deadline_s):
                answer = await question()
        except asyncio.CancelledError as error:  # clients cancel their own waits too
            if is_cancelled():
                raise
            self._note(answers=False, why="CancelledError")
            raise NeighbourAwayError(self._name) from error
        except self._faults as error:
            failed = time.monotonic()
            # Who refuses at once costs nobody time, and may be asked again at once.
            slow = failed - now >= self._deadline_s / 2
            self._left_alone_until = failed + _PAUSE_S if slow else 0.0
            self._note(answers=False, why=type(error.__cause__ or error).__name__)
            raise NeighbourAwayError(self._name) from error
        self._left_alone_until = 0.0
        self._answered_s = time.monotonic()
        self._note(answers=True)
        return answer

    def _note(self, *, answers: bool, why: str = "") -> None:
        if answers is self._answers:
            return
        self._answers = answers
        if answers:
            _LOG.info("%s answers again", self._name)
        else:
            _LOG.warning("%s does not answer: %s", self._name, why)


def age_s(at_s: Seconds | None) -> Seconds | None:
    """Seconds since a moment of the monotonic clock, to the tenth; None since none."""
    return None if at_s is None else round(time.monotonic() - at_s, 1)


class Probe:
    """Whether a neighbour answers, asked no more than once a second and once at a time.

    Health is asked by machines, without a key, as often as they like: a question that hangs must
    cost no thread but its own, and nobody's time.
    """

    def __init__(self, question: Callable[[], Awaitable[bool]]) -> None:
        self._question = question
        self._asking: asyncio.Task[bool] | None = None
        self._asked_s = float("-inf")
        self._answers = False
        self._answered_s: Seconds | None = None

    async def state(self) -> NeighbourState:
        """As :meth:`Watched.state`."""
        answers = await self.answers()
        return NeighbourState(answers, age_s(self._answered_s))

    async def answers(self) -> bool:
        """The answer, at most a second old; False when there is none in time."""
        now = time.monotonic()
        if self._asking is None and now - self._asked_s >= _PAUSE_S:
            self._asked_s = now
            self._asking = asyncio.create_task(self._ask(), name="ovoz-probe")
        elif self._asking is not None and now - self._asked_s >= DEADLINE_S:
            return False
        if self._asking is not None:
            done, _ = await asyncio.wait({self._asking}, timeout=DEADLINE_S)
            if not done:
                return False
        return self._answers

    async def _ask(self) -> bool:
        try:
            self._answers = await self._question()
            if self._answers:
                self._answered_s = time.monotonic()
        except Exception as error:
            _LOG.warning("a health check failed: %s", type(error).__name__)
            self._answers = False
        finally:
            self._asking = None
        return self._answers
