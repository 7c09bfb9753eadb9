"""The clients of other languages, as they are installed here, against a running service."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.http_clients.programs import Mode, find_programs
from benchmarks.http_clients.record import TIMES, talk, write_clip
from bentos.asr.smoke import served

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def url(tag: str, home: Path) -> Iterator[str]:
    with served(tag, home) as url:
        yield url


def test_every_installed_client_is_answered_in_each_of_its_ways(url: str, tmp_path: Path) -> None:
    """Kept-alive clients stay on their connection: nothing that they send makes us close it."""
    clip = write_clip(tmp_path)
    programs = find_programs(tmp_path)
    assert {"httpx", "requests", "aiohttp"} <= {program.name for program in programs}
    for program in programs:
        for mode in program.modes:
            connections = talk(program, mode, url, clip)
            kept = mode != Mode.CLOSE and program.name != "curl"
            assert len(connections) == (1 if kept else TIMES), (program.name, mode)
