"""``ovoz serve``: the production model over HTTP."""

import ipaddress
import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

_BENTO_HOME = Path(".ovoz/bentoml")


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 3000,
    alias: Annotated[str, typer.Option(help="Alias in the registry.")] = "production",
    debug: Annotated[bool, typer.Option("--debug", help="Tell every request.")] = False,
) -> None:
    """Serve a registered model; beyond loopback only with API keys configured."""
    if not _is_loopback(host) and not os.environ.get("OVOZ_API_KEYS_FILE"):
        Console(stderr=True).print(
            f"[red]error:[/red] {host} is reachable from outside, and there are no API keys:"
            " set OVOZ_API_KEYS_FILE to a file with one SHA-256 of a key a line"
        )
        raise typer.Exit(2)
    from bentos.asr.build import build
    from cli.settings import registry_settings
    from registry.registry import Registry, RegistryError

    console = Console()
    try:
        model = Registry(registry_settings()).resolve(alias)
    except RegistryError as error:
        Console(stderr=True).print(f"[red]error:[/red] {error}")
        raise typer.Exit(2) from error
    with console.status("packaging the model"):
        tag = build(model.artifact, model.version, _BENTO_HOME)
    console.print(f"{tag} on http://{host}:{port}  (API: /docs, stop with Ctrl-C)")
    environment = os.environ | {
        "BENTOML_HOME": str(_BENTO_HOME.resolve()),
        "BENTOML_DO_NOT_TRACK": "True",
    }
    command = [sys.executable, "-m", "bentoml", "serve", tag, "--host", host, "--port", str(port)]
    if debug:
        command.append("--debug")
    os.execve(sys.executable, command, environment)  # noqa: S606  (our own interpreter)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
