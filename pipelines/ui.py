"""The pages of a workspace on loopback: MLflow, ZenML's dashboard, the reports."""

import os
import signal
import subprocess
import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from rich.console import Console

from ovoz.workspace import Workspace

_HOST = "127.0.0.1"
_MLFLOW, _ZENML, _REPORTS = 5001, 8237, 8001


def show_pages(console: Console) -> None:
    """Serve the pages until interrupted."""
    workspace = Workspace()
    bin_ = Path(sys.executable).parent
    mlflow = [
        *("server", "--host", _HOST, "--port", str(_MLFLOW)),
        *("--backend-store-uri", f"sqlite:///{workspace.mlflow_database}"),
    ]
    zenml = ["login", "--local", "--blocking", "--port", str(_ZENML)]
    commands = [[str(bin_ / "mlflow"), *mlflow], [str(bin_ / "zenml"), *zenml]]
    processes = [_quietly(command) for command in commands]
    workspace.reports.mkdir(exist_ok=True)
    pages = partial(SimpleHTTPRequestHandler, directory=str(workspace.reports))
    server = ThreadingHTTPServer((_HOST, _REPORTS), pages)
    Thread(target=server.serve_forever, daemon=True).start()
    console.print(f"MLflow   http://{_HOST}:{_MLFLOW}   (up to a minute to start)")
    console.print(f"ZenML    http://{_HOST}:{_ZENML}   (user default, no password)")
    console.print(f"reports  http://{_HOST}:{_REPORTS}")
    console.print("Ctrl-C stops them.")
    try:
        signal.pause()
    except KeyboardInterrupt:
        console.print("stopping")
    finally:
        for process in processes:
            os.killpg(process.pid, signal.SIGTERM)


def _quietly(command: list[str]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(  # noqa: S603  (our own commands)
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
