"""Tokenizer of the CTC head: characters to classes and back."""

import json
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path

from ovoz.files import write_text
from ovoz.text.symbols import BLANK, SEPARATOR


class TokenizerError(ValueError):
    """A text, class or tokenizer file that cannot be used; the message says which and why."""


class CharTokenizer:
    """Maps characters to CTC classes: blank is 0, the word separator 1, then the alphabet.

    Args:
        symbols: Characters of the classes 1, 2, … in order: distinct, with the separator.

    Raises:
        TokenizerError: A symbol is repeated or is not one character, or the separator is missing.
    """

    def __init__(self, symbols: Sequence[str]) -> None:
        wrong = [symbol for symbol in symbols if len(symbol) != 1]
        if wrong or len(set(symbols)) != len(symbols):
            raise TokenizerError(f"symbols must be single, distinct characters; wrong: {wrong}")
        if SEPARATOR not in symbols:
            raise TokenizerError("the word separator (space) is missing from the symbols")
        self.symbols = tuple(symbols)
        self._classes = {symbol: number for number, symbol in enumerate(symbols, start=BLANK + 1)}

    @classmethod
    def from_alphabet(cls, alphabet: Iterable[str]) -> "CharTokenizer":
        """Tokenizer of the letters of a language pack: the separator, then sorted letters."""
        return cls([SEPARATOR, *sorted(set(alphabet) - {SEPARATOR})])

    @property
    def size(self) -> int:
        """Number of classes, blank included."""
        return len(self.symbols) + 1

    @property
    def separator(self) -> int:
        """Class of the word separator."""
        return self._classes[SEPARATOR]

    def encode(self, text: str) -> list[int]:
        """Classes of a canonical transcript.

        Raises:
            TokenizerError: A character is not in the alphabet (normalize the text first).
        """
        try:
            return [self._classes[character] for character in text]
        except KeyError:
            unknown = sorted(set(text) - set(self._classes))
            raise TokenizerError(
                f"{text!r} holds characters outside the alphabet: {unknown}; normalize it first"
            ) from None

    def decode(self, classes: Iterable[int]) -> str:
        """Text of classes; blanks are dropped, repeats are kept."""
        kept = [number for number in classes if number != BLANK]
        if any(not 0 < number < self.size for number in kept):
            raise TokenizerError(f"classes must lie in [0, {self.size}), got {kept}")
        return "".join(self.symbols[number - 1] for number in kept)

    def collapse(self, path: Iterable[int]) -> str:
        """Text of a CTC path: repeats are merged, then blanks dropped (Graves et al., 2006)."""
        return " ".join(self.decode(number for number, _ in groupby(path)).split())

    def save(self, path: Path) -> Path:
        """Write the tokenizer as JSON, complete or not at all."""
        content = {"blank": BLANK, "symbols": list(self.symbols)}
        write_text(path, json.dumps(content, ensure_ascii=False, indent=1))
        return path

    @classmethod
    def load(cls, path: Path) -> "CharTokenizer":
        """Read the file that :meth:`save` wrote.

        Raises:
            TokenizerError: The file is missing or is not a tokenizer file.
        """
        try:
            return cls(json.loads(path.read_text(encoding="utf-8"))["symbols"])
        except (OSError, KeyError, TypeError, json.JSONDecodeError) as error:
            raise TokenizerError(f"{path}: not a tokenizer file: {error!r}") from error

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CharTokenizer) and other.symbols == self.symbols

    def __hash__(self) -> int:
        return hash(self.symbols)
