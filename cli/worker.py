"""``ovoz worker``: works on the jobs that a service accepts."""

import asyncio
import logging
import os
from typing import Annotated

import typer
from rich.console import Console

from cli.errors import stop


def worker(
    alias: Annotated[
        str, typer.Option(help="Alias in the registry; OVOZ_MODEL_DIR goes before it.")
    ] = "production",
) -> None:
    """Work on jobs of a service with the same OVOZ_JOBS_DIR, database and broker."""
    from bentos.asr.jobs.process import work_until_stopped
    from bentos.asr.recognition import Recogniser
    from bentos.asr.start import StartError, read_settings
    from cli.settings import registered_model
    from ovoz.engine.artifact import ArtifactError

    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    try:
        settings = read_settings()
        if settings.jobs_dir is None:
            stop("set OVOZ_JOBS_DIR to the folder that the service lays recordings in")
        named = os.environ.get("OVOZ_MODEL_DIR")
        model = settings.model_dir if named else registered_model(alias).artifact
        recogniser = Recogniser.load(model, threads=settings.threads)
    except (ArtifactError, StartError) as error:
        stop(error)
    Console(stderr=True).print("working on jobs  (stop with Ctrl-C)", highlight=False)
    asyncio.run(work_until_stopped(settings, recogniser))
