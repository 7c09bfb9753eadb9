"""Loads language models in KenLM's formats for the searches of flashlight-text."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from flashlight.lib.text.decoder import LM
from flashlight.lib.text.decoder.kenlm import KenLM
from flashlight.lib.text.dictionary import Dictionary


def load_language_model(path: Path, tokens: Sequence[str]) -> LM:
    """Load the n-gram model at ``path`` (ARPA or KenLM's binary); token ``i`` is ``tokens[i]``.

    Raises:
        FileNotFoundError: The file does not exist.
        ValueError: The file is not a language model, or its order is above KenLM's 6.
    """
    if not path.is_file():
        raise FileNotFoundError(f"no language model at {path}")
    dictionary = Dictionary()
    for token in tokens:
        dictionary.add_entry(token)
    try:
        with _silence_stderr():
            return KenLM(str(path), dictionary)
    except RuntimeError as error:
        raise ValueError(f"{path}: not a usable language model: {error}") from error


@contextmanager
def _silence_stderr() -> Iterator[None]:
    """Discard standard error: KenLM draws a progress bar on it and cannot be told not to."""
    saved = os.dup(2)
    try:
        with Path(os.devnull).open("wb") as nothing:
            os.dup2(nothing.fileno(), 2)
            yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
