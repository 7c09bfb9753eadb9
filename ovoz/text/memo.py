"""Functions of one word that remember their values."""

from collections.abc import Callable
from functools import update_wrapper
from typing import TYPE_CHECKING, Final, Generic, TypeVar

Value = TypeVar("Value")

MOST_WORDS: Final = 200_000
"""As many as the vocabulary of a large corpus has."""


class Memo(dict[str, Value], Generic[Value]):
    """A function with the values that it gave; forgets them all when there are too many.

    ``functools.lru_cache`` keeps an object of its own for each value, and the garbage collector
    walks over them again and again while a text is read for the first time.

    Args:
        compute: The function; must not depend on anything but the word.
    """

    def __init__(self, compute: Callable[[str], Value]) -> None:
        super().__init__()
        self._compute = compute
        update_wrapper(self, compute)

    if TYPE_CHECKING:

        def __call__(self, word: str, /) -> Value: ...  # noqa: D102
    else:
        __call__ = dict.__getitem__  # without a frame of Python's for each word

    def __missing__(self, word: str) -> Value:
        if len(self) >= MOST_WORDS:
            self.clear()
        value = self[word] = self._compute(word)
        return value
