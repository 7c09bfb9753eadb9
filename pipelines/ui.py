"""The pages of a workspace on loopback: MLflow, ZenML's dashboard, the reports."""

import os
import signal
import socket
import subprocess
import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import FrameType

from rich.console import Console

from ovoz.workspace import Workspace

_HOST = "127.0.0.1"
_MLFLOW, _ZENML, _REPORTS = 5001, 8237, 8001


class PortTakenError(OSError):
    """Another program listens on a port of the pages; the message names it."""


def show_pages(console: Console) -> None:
    """Serve the pages until interrupted or terminated; no server is left behind.

    Raises:
        PortTakenError: A port is taken; nothing was started.
    """
    _check_ports()
    workspace = Workspace()
    bin_ = Path(sys.executable).parent
    mlflow = [
        *("server", "--host", _HOST, "--port", str(_MLFLOW)),
        *("--backend-store-uri", f"sqlite:///{workspace.mlflow_database}"),
    ]
    zenml = ["login", "--local", "--blocking", "--port", str(_ZENML)]
    commands = [[str(bin_ / "mlflow"), *mlflow], [str(bin_ / "zenml"), *zenml]]
    workspace.reports.mkdir(exist_ok=True)
    pages = partial(SimpleHTTPRequestHandler, directory=str(workspace.reports))
    # A shell that starts it in the background has SIGINT ignored.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _interrupt)
    processes: list[subprocess.Popen[bytes]] = []
    try:
        server = ThreadingHTTPServer((_HOST, _REPORTS), pages)
        Thread(target=server.serve_forever, daemon=True).start()
        processes.extend(_quietly(command) for command in commands)
        console.print(f"MLflow   http://{_HOST}:{_MLFLOW}   (up to a minute to start)")
        console.print(f"ZenML    http://{_HOST}:{_ZENML}   (user default, no password)")
        console.print(f"reports  http://{_HOST}:{_REPORTS}")
        console.print("Ctrl-C stops them.")
        signal.pause()
    except KeyboardInterrupt:
        console.print("stopping")
    finally:
        for process in processes:
            os.killpg(process.pid, signal.SIGTERM)
        for process in processes:
            process.wait()


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _check_ports() -> None:
    """Find a taken port before a server does: its page would be that of another program."""
    for name, port in (("MLflow", _MLFLOW), ("ZenML", _ZENML), ("reports", _REPORTS)):
        try:
            socket.create_server((_HOST, port), backlog=1).close()
        except OSError as error:
            raise PortTakenError(
                f"port {port} of {_HOST}, for {name}, is taken: {error.strerror}: end the program"
                " that listens there, such as another `make ui`"
            ) from error


def _quietly(command: list[str]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(  # noqa: S603  (our own commands)
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
