"""Language models in KenLM's formats, as flashlight-text's searches ask them."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from flashlight.lib.text.decoder import LM
from flashlight.lib.text.decoder.kenlm import KenLM
from flashlight.lib.text.dictionary import Dictionary


def load_language_model(path: Path, tokens: Sequence[str]) -> LM:
    """The n-gram model at ``path`` (ARPA or KenLM's binary); token ``i`` is ``tokens[i]``.

    Raises:
        FileNotFoundError: no file is there.
        ValueError: the file is no language model, or one of an order above KenLM's 6.
    """
    if not path.is_file():
        raise FileNotFoundError(f"no language model at {path}")
    dictionary = Dictionary()
    for token in tokens:
        dictionary.add_entry(token)
    try:
        with _hushed():
            return KenLM(str(path), dictionary)
    except RuntimeError as error:
        raise ValueError(f"{path}: not a usable language model: {error}") from error


@contextmanager
def _hushed() -> Iterator[None]:
    """Holds back standard error: KenLM draws a progress bar on it and has no switch."""
    saved = os.dup(2)
    try:
        with Path(os.devnull).open("wb") as nothing:
            os.dup2(nothing.fileno(), 2)
            yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
