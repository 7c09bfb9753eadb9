"""Language models as files: ARPA text, the format that KenLM and flashlight-text read."""

import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ovoz.decoding.kneser_ney import NgramModel

_NEVER: Final = -99.0
"""Written for a probability of nothing, by the format's convention."""


def write_arpa(model: NgramModel, path: Path) -> Path:
    """Write ``model``; the file appears complete or not at all. Logarithms are of base 10."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with unfinished.open("w", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in _lines(model))
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return path


def _lines(model: NgramModel) -> Iterator[str]:
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
