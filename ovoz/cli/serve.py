"""``ovoz serve``: the production model over HTTP."""

import os
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ovoz.cli.apart import Started, run_apart
from ovoz.cli.errors import stop
from ovoz.cli.extras import require
from ovoz.workspace import Workspace

if TYPE_CHECKING:
    from ovoz.registry.settings import RegistrySettings
    from ovoz.registry.version import RegisteredModel

_BENTO = (sys.executable, "-m", "bentos.asr")
"""Builds and serves: a program of its own, for the library knows no BentoML."""
_KEYS = "OVOZ_API_KEYS_FILE"
_NAMED = {"OVOZ_MODEL_ID", "MODEL_ID", "OVOZ_MODEL_URL"}
"""With one of these the environment says which model is served."""
_LOCAL_POLL_S = 2
"""Seconds: asking a local registry is reading a small file."""


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 3000,
    alias: Annotated[str, typer.Option(help="Alias in the registry.")] = "production",
    apart: Annotated[
        bool, typer.Option("--apart", help="Run the model in a process of its own.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Tell every request.")] = False,
) -> None:
    """Serve a registered model; beyond loopback only with API keys configured.

    When the alias moves, its new version takes over without a restart; not with --apart.
    """
    require("bentoml")
    _refuse_to_be_open(host)
    _refuse_taken_port(host, port)
    from ovoz.cli.settings import registered_model, registry_settings
    from ovoz.serving.auth.network import free_port

    settings = registry_settings()
    model = registered_model(alias)
    packaged = [str(model.artifact), model.version, *(["--debug"] if debug else [])]
    jobs = os.environ.get("OVOZ_JOBS_DIR") or str(Workspace().jobs.resolve())
    environment = os.environ | {"OVOZ_JOBS_DIR": jobs}
    api = [*_BENTO, *packaged, "--host", host, "--port", str(port)]
    if not apart:
        followed = environment | _following(model, settings, alias)
        os.execve(sys.executable, api, followed)  # noqa: S606  (our own interpreter)
    model_port = free_port()
    alone = [*_BENTO, *packaged, "--model-only", "--port", str(model_port)]
    asking = environment | {"OVOZ_MODEL_URL": f"http://127.0.0.1:{model_port}"}
    sys.exit(run_apart(Started(alone, _without_keys(environment)), Started(api, asking)))


def _following(
    model: "RegisteredModel", registry: "RegistrySettings", alias: str
) -> dict[str, str]:
    """What has the service follow the alias, beginning with ``model`` without fetching it."""
    from ovoz.serving.inference.model_source import seed_versions

    if _NAMED & os.environ.keys():
        return {}
    named = f"models:/{model.name}@{alias}"
    cache = Path(os.environ.get("OVOZ_MODEL_CACHE") or Workspace().models).resolve()
    seed_versions(named, {model.version: model.artifact}, cache)
    local = registry.database() is not None and "OVOZ_MODEL_POLL_S" not in os.environ
    return {
        "OVOZ_MODEL_ID": named,
        "OVOZ_MODEL_CACHE": str(cache),
        "MLFLOW_TRACKING_URI": registry.uri(),
        **({"OVOZ_MODEL_POLL_S": str(_LOCAL_POLL_S)} if local else {}),
    }


def _without_keys(environment: dict[str, str]) -> dict[str, str]:
    """For the model on loopback, which nobody but our API asks: who asks that has been checked."""
    checks = ("OVOZ_API_KEYS", "OVOZ_JWT_", "OVOZ_REQUESTS_", "OVOZ_AUDIO_S_", "OVOZ_CONCURRENT_")
    return {name: value for name, value in environment.items() if not name.startswith(checks)}


def _refuse_taken_port(host: str, port: int) -> None:
    """End the command when it could not listen: BentoML would say so in fifty lines, and late."""
    try:
        socket.create_server((host, port), family=_family(host), backlog=1).close()
    except OSError as error:
        stop(f"cannot listen on {host}:{port}: {error.strerror}: choose another --port or --host")


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _refuse_to_be_open(host: str) -> None:
    """End the command when strangers could reach the service, and when its keys are no keys."""
    from ovoz.serving.auth.api_keys import ApiKeys
    from ovoz.serving.auth.network import is_loopback

    file = os.environ.get(_KEYS)
    try:
        keys = ApiKeys.configured(os.environ.get("OVOZ_API_KEYS", ""), Path(file) if file else None)
    except ValueError as error:
        stop(error)
    if not keys and "OVOZ_JWT_ALGORITHM" not in os.environ and not is_loopback(host):
        stop(
            f"{host} is reachable from outside, and there are no API keys:"
            f" create one (ovoz keys create) and set {_KEYS} to the file"
        )
