"""The progress bar of every command and step."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress

ProgressCallback = Callable[[int, int], object]
"""Called with the number of items done and of all."""


@contextmanager
def progress_bar(title: str, total: int | None = None) -> Iterator[ProgressCallback]:
    """Shows a bar on standard error until the block ends.

    Args:
        title: What is being counted, such as ``clips``.
        total: Number of items; None until the callback says it.

    Yields:
        The callback that moves the bar.
    """
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=total)

        def show(done: int, of: int) -> None:
            bar.update(task, completed=done, total=of)

        yield show
