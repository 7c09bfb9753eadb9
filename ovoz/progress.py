"""The progress bar of every command and step."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

ProgressCallback = Callable[[int, int], object]
"""Called with the number of items done and the number of all items."""


class ProgressBar(Protocol):
    """Moves a bar; usable as a :data:`ProgressCallback`."""

    def __call__(self, done: int, total: int, note: str = "") -> object:
        """Show ``done`` of ``total`` items, and ``note`` beside them."""
        ...


@contextmanager
def progress_bar(
    title: str, total: int | None = None, *, transient: bool = True
) -> Iterator[ProgressBar]:
    """Show a bar on standard error until the block ends.

    Args:
        title: What is being counted, such as ``clips``.
        total: Number of items; None until the first call.
        transient: Whether the bar disappears at the end.

    Yields:
        The callback that moves the bar.
    """
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[note]}"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=transient,
    ) as bar:
        task = bar.add_task(title, total=total, note="")

        def show(done: int, total: int, note: str = "") -> None:
            bar.update(task, completed=done, total=total, note=note)

        yield show
