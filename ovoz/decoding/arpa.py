"""ARPA files: n-gram models in the text format that KenLM and flashlight-text read.

Written here because neither of the two writes it; both read it, so nothing here does.
"""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ovoz.decoding.kneser_ney import NgramModel
from ovoz.files import atomic_file

_NEVER: Final = -99.0
"""Logarithm of zero, by the format's convention."""


def write_arpa(model: NgramModel, path: Path) -> Path:
    """Write ``model``, complete or not at all. Logarithms are to base 10."""
    with atomic_file(path) as unfinished, unfinished.open("w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in _format_lines(model))
    return path


def _format_lines(model: NgramModel) -> Iterator[str]:
    yield "\\data\\"
    for order, table in enumerate(model.probabilities, start=1):
        yield f"ngram {order}={len(table)}"
    for order, table in enumerate(model.probabilities, start=1):
        yield ""
        yield f"\\{order}-grams:"
        for gram in sorted(table):
            line = f"{_log10(table[gram])}\t{' '.join(gram)}"
            yield line if order == model.order else f"{line}\t{_log10(model.backoffs.get(gram, 1))}"
    yield ""
    yield "\\end\\"


def _log10(value: float) -> str:
    return f"{math.log10(value) if value > 0 else _NEVER:.6f}"
