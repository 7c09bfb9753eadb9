"""Text as tokens of the attention head: a Whisper checkpoint's own, or characters."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Self

from tokenizers import Tokenizer
from tokenizers.decoders import Fuse
from tokenizers.models import BPE

END: Final = "<|endoftext|>"
START: Final = "<|startoftranscript|>"
NO_TIMES: Final = "<|notimestamps|>"
_SPECIAL: Final = (END, START, "<|startofprev|>", "<|nospeech|>", NO_TIMES)
"""Tokens that every reader of Whisper looks for by name."""


class TextTokensError(ValueError):
    """A token file or checkpoint that gives no usable tokens; the message says which."""


class TextTokens:
    """What an attention head reads and writes.

    Args:
        tokenizer: Splits text, and joins it again.
        prompt: Ids that every transcript begins with.
        lead: Text in front of every transcript, such as the space that Whisper's has.

    Raises:
        TextTokensError: The tokenizer has no token that ends a transcript.
    """

    def __init__(self, tokenizer: Tokenizer, prompt: Sequence[int], lead: str = "") -> None:
        end = tokenizer.token_to_id(END)
        if end is None:
            raise TextTokensError(f"the tokenizer has no {END}: not one of Whisper")
        self.prompt = tuple(prompt)
        self.end: int = end
        self._tokenizer = tokenizer
        self._lead = lead

    @classmethod
    def of_characters(cls, symbols: Sequence[str]) -> Self:
        """Each of ``symbols`` is a token, and so is each of Whisper's signs that is needed."""
        names = [*symbols, *_SPECIAL]
        # Byte-pair encoding without a single merge: characters.
        tokenizer = Tokenizer(BPE({name: number for number, name in enumerate(names)}, []))
        tokenizer.add_special_tokens(list(_SPECIAL))
        tokenizer.decoder = Fuse()
        return cls(tokenizer, [names.index(START), names.index(NO_TIMES)])

    @property
    def names(self) -> list[str]:
        """The tokens in the order of their ids."""
        known = self._tokenizer.get_vocab(with_added_tokens=True)
        return sorted(known, key=known.__getitem__)

    @property
    def size(self) -> int:
        """Number of tokens."""
        return self._tokenizer.get_vocab_size(with_added_tokens=True)

    def encode(self, text: str) -> list[int]:
        """Ids of a canonical transcript, without prompt and end."""
        ids: list[int] = self._tokenizer.encode(self._lead + text, add_special_tokens=False).ids
        return ids

    def decode(self, ids: Sequence[int]) -> str:
        """Text of ids; signs are left out, a space in front stays."""
        text: str = self._tokenizer.decode(list(ids), skip_special_tokens=True)
        return text

    def save(self, path: Path) -> Path:
        """Write the tokens as JSON; the file appears complete or not at all."""
        unfinished = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        content = {
            "prompt": self.prompt,
            "lead": self._lead,
            "tokenizer": json.loads(self._tokenizer.to_str()),
        }
        unfinished.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
        return unfinished.replace(path)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read tokens that :meth:`save` wrote.

        Raises:
            TextTokensError: The file is missing or holds no tokens.
        """
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            tokenizer = Tokenizer.from_str(json.dumps(content["tokenizer"]))
            return cls(tokenizer, content["prompt"], content["lead"])
        except Exception as error:  # the library raises bare exceptions
            raise TextTokensError(f"{path}: not a file of tokens: {error!r}") from error

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TextTokens) and (
            (other.prompt, other.names) == (self.prompt, self.names)
        )

    def __hash__(self) -> int:
        return hash((self.prompt, self.size))
