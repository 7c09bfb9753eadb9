"""The table of a run's time."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

from rich.console import Console

from pipelines.summary import stages_table

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def step(start_s: float, seconds: float | None = None) -> SimpleNamespace:
    """A step's record; one without ``seconds`` came from the cache."""
    start = NOON + timedelta(seconds=start_s)
    if seconds is None:
        return SimpleNamespace(status="cached", created=start, start_time=None, end_time=None)
    end = start + timedelta(seconds=seconds)
    return SimpleNamespace(status="completed", created=start, start_time=start, end_time=end)


def test_every_second_of_a_run_is_in_the_table() -> None:
    training = {"train": step(3), "ingest": step(1, 1.5), "gate": step(4, 2)}
    promotion = {"ingest": step(10, 0.5), "ask": step(12, 70)}
    runs = [
        SimpleNamespace(pipeline=SimpleNamespace(name=name), steps=steps)
        for name, steps in (("training", training), ("promotion", promotion))
    ]
    table = stages_table(runs, before_s=9, total_s=90)
    rows = list(zip(*(column.cells for column in table.columns), strict=True))
    assert rows == [
        ("", "start: tools loaded, records checked", "0:09.0"),
        ("training", "ingest", "0:02.0"),
        ("training", "train", "unchanged"),
        ("training", "gate", "0:02.0"),
        ("promotion", "ask", "1:10.0"),
        ("", "between the steps", "0:07.0"),
        ("", "in all", "1:30.0"),
    ]
    Console(quiet=True).print(table)
