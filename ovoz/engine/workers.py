"""Threads for work that can be done side by side."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


class Workers:
    """Maps functions over independent items on ``threads`` threads.

    One thread, or one item, is done in the caller's thread: a change of threads costs more than
    most of the work on a short clip.
    """

    def __init__(self, threads: int = 1) -> None:
        self._pool = ThreadPoolExecutor(threads) if threads > 1 else None

    def map(self, work: Callable[[_Item], _Result], items: Sequence[_Item]) -> Iterator[_Result]:
        """Results in the order of the items; may be called from several threads at once."""
        alone = self._pool is None or len(items) < 2
        return map(work, items) if alone or self._pool is None else self._pool.map(work, items)
