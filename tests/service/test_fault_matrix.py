"""Some faults of each neighbour, under load; `benchmarks/fault_matrix.py` tries all of them."""

import asyncio
import math
import shutil

import pytest

from benchmarks.fault_matrix import run

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
CELLS = {
    ("Redis", "frozen"),
    ("Redis", "read-only"),
    ("PostgreSQL", "silently dropped"),
    ("PostgreSQL", "frozen"),
    ("RabbitMQ", "restarted empty"),
    ("JWKS", "stopped"),
    ("webhook receiver", "slow 2 s"),
}
SECONDS = 7.0
"""Of each fault. Every load shows one new key, and keys are fetched every five seconds at most."""
TIMED = {"p95", "livez", "back"}
"""Requirements on times, which a busy machine may miss."""


@pytest.mark.skipif(
    not all(map(shutil.which, ("redis-server", "postgres", "initdb", "rabbitmqctl"))),
    reason="no Redis, PostgreSQL or RabbitMQ to start",
)
def test_a_neighbour_in_trouble_disturbs_nothing_else() -> None:
    rows, lost = asyncio.run(run(lambda *cell: cell in CELLS, SECONDS))
    assert {(row.neighbour, row.fault) for row in rows} == CELLS
    assert not lost
    for row in rows:
        assert set(row.misses) <= TIMED, str(row)
        assert math.isfinite(row.back_s), str(row)
