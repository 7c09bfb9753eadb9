"""``python -m ovoz.serving.worker``: a worker where there is no ``ovoz`` command, as in a Bento."""

import asyncio
import sys

from ovoz.engine.artifact.storage import ArtifactError
from ovoz.serving.inference.loading import load_model
from ovoz.serving.inference.model_source import ModelError
from ovoz.serving.jobs.process import work_until_stopped
from ovoz.serving.startup.checks import StartError, read_settings
from ovoz.serving.telemetry.logs import log_as_json


def main() -> None:
    """Work on jobs with the model of ``MODEL_ID``, by default the Bento's own."""
    try:
        settings = read_settings()
        log_as_json(settings.logs.log_level)
        asyncio.run(work_until_stopped(settings, load_model(settings)))
    except (ArtifactError, ConnectionError, ModelError, StartError, ValueError) as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
