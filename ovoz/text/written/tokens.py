"""Written tokens and the spoken words that they stand for."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

_MARK: Final = re.compile(r"\[[a-z_]+\]")


class TokenKind(StrEnum):
    """What a written token is: the word as it was spoken, a figure, or a mark in its place."""

    WORD = "word"
    FIGURE = "figure"
    REDACTED = "redacted"


@dataclass(frozen=True, slots=True)
class WrittenToken:
    """A token of the written form; stands for the spoken words ``start`` up to ``end``."""

    text: str
    start: int
    end: int
    kind: TokenKind = TokenKind.WORD


@dataclass(frozen=True, slots=True)
class WrittenForm:
    """The written form of a transcript, aligned with its spoken words.

    The tokens stand for all words, in order, each word once; therefore times, languages and
    confidences of the words hold for the tokens, and the spoken form is got back exactly.

    Raises:
        ValueError: The tokens leave out a word, or stand for one twice.
    """

    words: tuple[str, ...]
    tokens: tuple[WrittenToken, ...]

    def __post_init__(self) -> None:
        edge = 0
        for token in self.tokens:
            if token.start != edge or token.end <= token.start:
                raise ValueError(f"token {token} does not follow on word {edge}")
            edge = token.end
        if edge != len(self.words):
            raise ValueError(f"tokens stand for {edge} of {len(self.words)} words")

    @property
    def text(self) -> str:
        """The written form."""
        return " ".join(token.text for token in self.tokens)

    @property
    def spoken(self) -> str:
        """The spoken form, the transcript that was written."""
        return " ".join(self.words)

    def replace(self, tokens: Iterable[WrittenToken]) -> "WrittenForm":
        """The same words with other tokens in place of those that they overlap wholly.

        Raises:
            ValueError: A token overlaps a part of another one.
        """
        put = sorted(tokens, key=lambda token: token.start)
        kept = [
            token
            for token in self.tokens
            if not any(new.start <= token.start and token.end <= new.end for new in put)
        ]
        merged = sorted([*kept, *put], key=lambda token: token.start)
        return replace(self, tokens=tuple(merged))


def as_spoken(words: Sequence[str]) -> WrittenForm:
    """The written form that is the spoken one: one token for each word."""
    tokens = (WrittenToken(word, at, at + 1, _kind_of(word)) for at, word in enumerate(words))
    return WrittenForm(tuple(words), tuple(tokens))


def _kind_of(word: str) -> TokenKind:
    """A mark stays one in a transcript that was redacted before."""
    return TokenKind.REDACTED if is_mark(word) else TokenKind.WORD


def is_mark(word: str) -> bool:
    """Whether a word is a mark such as ``[card]``; no spoken word has brackets."""
    return _MARK.fullmatch(word) is not None
