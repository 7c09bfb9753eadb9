"""`make ui`: a taken port is named, and no server is left behind."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from pipelines import ui

ROOT = Path(__file__).resolve().parents[2]
PORTS = ("_MLFLOW", "_ZENML", "_REPORTS")
START = """
import sys
from rich.console import Console
from pipelines import ui
ui._MLFLOW, ui._ZENML, ui._REPORTS = map(int, sys.argv[1:])
ui.show_pages(Console())
"""


@pytest.fixture
def ports() -> Iterator[list[socket.socket]]:
    """Three ports in use."""
    taken = [socket.create_server(("127.0.0.1", 0)) for _ in PORTS]
    yield taken
    for one in taken:
        one.close()


@pytest.mark.parametrize("name", PORTS)
def test_a_taken_port_is_named_and_nothing_starts(name, ports, monkeypatch, tmp_path) -> None:
    monkeypatch.chdir(tmp_path)
    number = ports[PORTS.index(name)].getsockname()[1]
    for other, one in zip(PORTS, ports, strict=True):
        monkeypatch.setattr(ui, other, one.getsockname()[1])
        if other != name:
            one.close()
    monkeypatch.setattr(ui, "_quietly", lambda _command: pytest.fail("started"))
    with pytest.raises(ui.PortTakenError, match=f"port {number} of 127.0.0.1"):
        ui.show_pages(None)  # type: ignore[arg-type]  # (nothing is shown)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_no_server_outlives_it(number, ports, tmp_path: Path) -> None:
    chosen = [str(one.getsockname()[1]) for one in ports]
    for one in ports:
        one.close()
    command = [sys.executable, "-u", "-c", START, *chosen]
    process = subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert process.stdout is not None
    assert any("Ctrl-C stops them" in line for line in process.stdout)
    servers = psutil.Process(process.pid).children(recursive=True)
    assert len(servers) >= 2
    process.send_signal(number)
    assert process.wait() == 0
    _, alive = psutil.wait_procs(servers, timeout=60)
    assert alive == []
