"""Tokens of the attention head: those of a Whisper checkpoint, or characters."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Self

from tokenizers import Tokenizer
from tokenizers.decoders import Fuse
from tokenizers.models import BPE

from ovoz.files import write_text

END: Final = "<|endoftext|>"
START: Final = "<|startoftranscript|>"
NO_TIMES: Final = "<|notimestamps|>"
_SPECIAL: Final = (END, START, "<|startofprev|>", "<|nospeech|>", NO_TIMES)
"""Special tokens that Whisper implementations look up by name."""


class TextTokensError(ValueError):
    """A file or checkpoint without usable tokens; the message says which and why."""


class TextTokens:
    """Converts transcripts to token ids and back.

    Args:
        tokenizer: Of the library ``tokenizers``.
        prompt: Ids of the prompt tokens.
        lead: Text before every transcript, such as Whisper's space.

    Raises:
        TextTokensError: The tokenizer has no token for the end of a transcript.
    """

    def __init__(self, tokenizer: Tokenizer, prompt: Sequence[int], lead: str = "") -> None:
        end = tokenizer.token_to_id(END)
        if end is None:
            raise TextTokensError(f"the tokenizer has no {END}: it is not one of Whisper")
        self.prompt = tuple(prompt)
        self.end: int = end
        self._tokenizer = tokenizer
        self._lead = lead

    @classmethod
    def from_characters(cls, symbols: Sequence[str]) -> Self:
        """Tokens with one of ``symbols`` each, and Whisper's special tokens."""
        names = [*symbols, *_SPECIAL]
        # Byte-pair encoding without merges gives characters.
        tokenizer = Tokenizer(BPE({name: number for number, name in enumerate(names)}, []))
        tokenizer.add_special_tokens(list(_SPECIAL))
        tokenizer.decoder = Fuse()
        return cls(tokenizer, [names.index(START), names.index(NO_TIMES)])

    @classmethod
    def from_whisper(cls, file: Path, language: str) -> Self:
        """Tokens of a Whisper checkpoint, with a prompt for one language and for no times.

        Args:
            file: Its ``tokenizer.json``.
            language: Code of Whisper's, such as ``uz``.

        Raises:
            TextTokensError: The file holds no tokens, or they lack the language.
        """
        try:
            tokenizer = Tokenizer.from_file(str(file))
        except Exception as error:  # tokenizers raises bare exceptions
            raise TextTokensError(f"{file}: not a tokenizer: {error!r}") from error
        return cls(tokenizer, whisper_prompt(tokenizer, language, str(file)), lead=" ")

    @property
    def names(self) -> list[str]:
        """The tokens by id."""
        ids = self._tokenizer.get_vocab(with_added_tokens=True)
        return sorted(ids, key=ids.__getitem__)

    @property
    def size(self) -> int:
        """Number of tokens."""
        return self._tokenizer.get_vocab_size(with_added_tokens=True)

    def encode(self, text: str) -> list[int]:
        """Ids of a canonical transcript, without prompt and end."""
        ids: list[int] = self._tokenizer.encode(self._lead + text, add_special_tokens=False).ids
        return ids

    def decode(self, ids: Sequence[int]) -> str:
        """Text of ids, without special tokens; a leading space stays."""
        text: str = self._tokenizer.decode(list(ids), skip_special_tokens=True)
        return text

    def save(self, path: Path) -> Path:
        """Write the tokens as JSON, complete or not at all."""
        content = {
            "prompt": self.prompt,
            "lead": self._lead,
            "tokenizer": json.loads(self._tokenizer.to_str()),
        }
        write_text(path, json.dumps(content, ensure_ascii=False))
        return path

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read the file that :meth:`save` wrote.

        Raises:
            TextTokensError: The file is missing or holds no tokens.
        """
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            tokenizer = Tokenizer.from_str(json.dumps(content["tokenizer"]))
            return cls(tokenizer, content["prompt"], content["lead"])
        except Exception as error:  # tokenizers raises bare exceptions
            raise TextTokensError(f"{path}: not a tokens file: {error!r}") from error

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TextTokens) and (
            (other.prompt, other.names) == (self.prompt, self.names)
        )

    def __hash__(self) -> int:
        return hash((self.prompt, self.size))


def whisper_prompt(tokenizer: Tokenizer, language: str, source: str) -> list[int]:
    """Ids that have Whisper write the text of one language without times.

    Raises:
        TextTokensError: The tokens of ``source`` lack one of them.
    """
    names = (START, f"<|{language}|>", "<|transcribe|>", NO_TIMES)
    prompt = [token for name in names if (token := tokenizer.token_to_id(name)) is not None]
    if len(prompt) < len(names):
        raise TextTokensError(f"{source}: its tokens have no language {language!r}")
    return prompt
