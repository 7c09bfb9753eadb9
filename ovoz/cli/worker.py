"""``ovoz worker``: works on the jobs that a service accepts."""

import asyncio
import os
from typing import Annotated

import typer
from rich.console import Console

from ovoz.cli.errors import stop

_NAMED = {"OVOZ_MODEL_ID", "MODEL_ID", "OVOZ_MODEL_URL"}


def worker(
    alias: Annotated[
        str, typer.Option(help="Alias in the registry; MODEL_ID goes before it.")
    ] = "production",
) -> None:
    """Work on jobs of a service with the same OVOZ_JOBS_DIR, database and broker."""
    from ovoz.cli.settings import registered_model
    from ovoz.engine.artifact.storage import ArtifactError
    from ovoz.serving.inference.loading import load_model
    from ovoz.serving.inference.model_source import ModelError
    from ovoz.serving.jobs.process import work_until_stopped
    from ovoz.serving.startup.checks import StartError, read_settings
    from ovoz.serving.telemetry.logs import log_as_json

    try:
        settings = read_settings()
        if settings.jobs.dir is None:
            stop("set OVOZ_JOBS_DIR to the folder that the service lays recordings in")
        if not _NAMED & os.environ.keys():
            artifact = registered_model(alias).artifact
            model_settings = settings.model.model_copy(update={"id": str(artifact)})
            settings = settings.model_copy(update={"model": model_settings})
        model = load_model(settings)
        log_as_json(settings.logs.log_level)
    except (ArtifactError, ConnectionError, ModelError, StartError, ValueError) as error:
        stop(error)
    Console(stderr=True).print("working on jobs  (stop with Ctrl-C)", highlight=False)
    asyncio.run(work_until_stopped(settings, model))
