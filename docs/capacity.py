"""Write the tables of ``docs/capacity.md`` from speeds that other pages and ``metrics/`` hold.

    python docs/capacity.py

Each table stands between two comments that name it. Nothing is measured here.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_FOLDER: Final = Path(__file__).resolve().parent
PAGE: Final = _FOLDER / "capacity.md"
BUSY: Final = 0.7
"""Share of a core's time that is planned with: at 70 % of its peak the service kept its p95."""
PEAK: Final = 4
"""Load of the busiest hour over the mean: an assumption."""
MONTH_H: Final = 730
PARTIAL_S: Final = 0.32
"""Default of ``OVOZ_STREAMS_PARTIAL_MS``."""
WINDOW_S: Final = 6.0
"""Length beyond which the window of a partial transcript is trimmed."""
_PLACE: Final = re.compile(r"(<!-- (speeds|volumes) -->\n).*?(<!-- end -->)", re.DOTALL)
VOLUMES: Final = (10**3, 10**5, 10**7)
"""Hours of audio a month."""


@dataclass(frozen=True)
class Model:
    """One size of the network; speeds are seconds of audio that one core reads in a second."""

    name: str
    served: float
    greedy: float
    memory_mb: int | None
    source: str

    @property
    def streams(self) -> float:
        """Live streams of somebody who never pauses, for a core that does nothing else.

        A partial transcript reads the window again, greedily; a final reads each second once.
        """
        return 1 / (WINDOW_S / PARTIAL_S / self.greedy + 1 / self.served)


def models() -> tuple[Model, ...]:
    """The sizes with committed speeds."""
    real = json.loads((_FOLDER.parent / "metrics/real-speech.json").read_text("utf-8"))
    systems = real["uz_crowd"]["systems"]
    served, greedy = systems["crowd, combined (served)"], systems["crowd, greedy"]
    engines = (_FOLDER / "engines.md").read_text("utf-8")
    return (
        Model("demo (4 layers of width 144)",
              _speed(engines, r"\*\*onnx int8-dynamic, `combined` \(served\)\*\*"),
              _speed(engines, "onnx int8-dynamic, `greedy`"), None,
              "[engines](engines.md), synthetic speech, 2 × AMD EPYC"),
        Model("`whisper-base` (profile `crowd`)", served["speed"], greedy["speed"],
              round(served["memory_mb"]),
              "`metrics/real-speech.json`, real speech, 2 × Intel Xeon with a load average of 5.7"),
    )  # fmt: skip


def _speed(page: str, row: str) -> float:
    """Seconds of audio a second, batch 1, of a row of the first table that has it."""
    found = re.search(rf"^\| {row} \| [\d.]+ \| [\d.]+ \| (\d+) \|", page, re.MULTILINE)
    if found is None:
        raise ValueError(f"engines.md has no row {row}")
    return float(found[1])


def speeds() -> str:
    """What one core does."""
    rows = [
        [model.name, f"{model.served:,.0f}", f"{model.greedy:,.0f}",
         f"{model.served * MONTH_H * BUSY:,.0f}", f"{BUSY * model.streams:.0f}",
         f"{model.memory_mb} MB" if model.memory_mb else "not measured", model.source]
        for model in models()
    ]  # fmt: skip
    return _table(
        ["network", "served: audio s per core s", "greedily", "hours of recordings a month",
         "or streams at once", "memory", "from"],
        rows,
    )  # fmt: skip


def volumes() -> str:
    """Cores for a volume, as an archive and by callers who come and go."""
    rows = []
    for model in models():
        for hours in VOLUMES:
            mean = hours / model.served / BUSY
            streams = PEAK * hours / MONTH_H
            rows.append([
                model.name, f"{hours:,}", f"{mean:,.0f}", _cores(mean / MONTH_H),
                _cores(PEAK * mean / MONTH_H), f"{streams:,.0f}",
                _cores(streams / model.streams / BUSY),
            ])  # fmt: skip
    return _table(
        ["network", "hours a month", "core-hours a month", "cores, evenly", "cores, at the peak",
         "if all is live: streams at the peak", "cores for these"],
        rows,
    )  # fmt: skip


def _cores(number: float) -> str:
    return "under 1" if number < 1 else f"{number:,.0f}"


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


TABLES: Final[dict[str, Callable[[], str]]] = {"speeds": speeds, "volumes": volumes}


def fill(page: str) -> str:
    """A page with its tables as they are computed now."""
    return _PLACE.sub(lambda place: place[1] + TABLES[place[2]]() + place[3], page)


if __name__ == "__main__":
    PAGE.write_text(fill(PAGE.read_text("utf-8")), "utf-8")
