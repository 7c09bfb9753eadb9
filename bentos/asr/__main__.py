"""``python -m bentos.asr``: build the Bento of a model and serve it."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bentos.asr.build import MODEL_NAME, NAME, BuildError, build, for_bentoml
from ovoz.cli.errors import stop
from ovoz.engine.artifact.storage import ArtifactError
from ovoz.workspace import Workspace


def serve(
    model: Annotated[Path, typer.Argument(help="The model artifact.")],
    version: Annotated[str, typer.Argument(help="Its version in the registry.")],
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 3000,
    model_only: Annotated[
        bool, typer.Option("--model-only", help="The model without the API.")
    ] = False,
    traffic_log: Annotated[
        bool,
        typer.Option("--traffic-log", help="Its container can log traffic (157 MB more)."),
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Log every request.")] = False,
) -> None:
    """Build the Bento unless there is one, and become the process that serves it."""
    console = Console()
    home = Workspace().bentoml
    try:
        with console.status("packaging the model"):
            name = MODEL_NAME if model_only else NAME
            tag = build(model, version, home, name=name, traffic_log=traffic_log)
    except (ArtifactError, BuildError) as error:
        stop(error)
    if not model_only:
        console.print(
            f"{tag} on http://{host}:{port}  (API: /docs, stop with Ctrl-C)", soft_wrap=True
        )
    command = [sys.executable, "-m", "bentos.asr.server", tag, "--host", host, "--port", str(port)]
    if debug:
        command.append("--debug")
    os.execve(sys.executable, command, os.environ | for_bentoml(home))  # noqa: S606  (our own)


typer.run(serve)
