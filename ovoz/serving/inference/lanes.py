"""Lanes before the model: recordings and streams share it by weight, and neither starves."""

from collections import deque
from collections.abc import Mapping
from enum import StrEnum
from typing import Final, Generic, TypeVar

_Item = TypeVar("_Item")


class Lane(StrEnum):
    """What waits for the model."""

    RECORDINGS = "recordings"
    """Of requests over HTTP, and of jobs."""
    FINALS = "finals"
    """Finished segments of streams."""
    DRAFTS = "drafts"
    """Windows of partial transcripts of streams, which wait behind finished segments."""


_PARTY: Final = {Lane.RECORDINGS: "recordings", Lane.FINALS: "streams", Lane.DRAFTS: "streams"}


class FairLanes(Generic[_Item]):
    """Lines of two parties; the party that had less of the model for its weight is next.

    Start-time fair queueing (Goyal, Vin and Cheng, 1997): a party that waited for nothing cannot
    save its share for later. The standard library's queues have no weights.

    Args:
        streams_share: Share of the model's time that streams get while recordings wait too.
    """

    def __init__(self, streams_share: float = 0.5) -> None:
        self._lines: Mapping[Lane, deque[_Item]] = {lane: deque() for lane in Lane}
        self._weights = {"recordings": 1 - streams_share, "streams": streams_share}
        self._used = dict.fromkeys(self._weights, 0.0)
        self._now = 0.0

    def __len__(self) -> int:
        """All that wait."""
        return sum(map(len, self._lines.values()))

    def count(self, lane: Lane) -> int:
        """Those that wait in one lane."""
        return len(self._lines[lane])

    def add(self, lane: Lane, item: _Item) -> None:
        """Line up."""
        party = _PARTY[lane]
        if not self._waits(party):
            self._used[party] = max(self._used[party], self._now)
        self._lines[lane].append(item)

    def next_lane(self) -> Lane | None:
        """The lane whose turn it is; None when nothing waits."""
        waiting = [party for party in self._weights if self._waits(party)]
        if not waiting:
            return None
        party = min(waiting, key=self._used.__getitem__)
        lanes = (lane for lane in Lane if _PARTY[lane] == party and self._lines[lane])
        return next(lanes)

    def line(self, lane: Lane) -> deque[_Item]:
        """The line of a lane, whose first is next."""
        return self._lines[lane]

    def charge(self, lane: Lane, cost: float) -> None:
        """Count what was taken from a lane, in any unit of work."""
        party = _PARTY[lane]
        self._now = self._used[party]
        self._used[party] += cost / self._weights[party]

    def _waits(self, party: str) -> bool:
        return any(line for lane, line in self._lines.items() if _PARTY[lane] == party)
