"""``python -m bentos.asr.jobs``: a worker where there is no ``ovoz`` command, as in a Bento."""

import asyncio
import sys

from bentos.asr.jobs.process import work_until_stopped
from bentos.asr.loading import load_model
from bentos.asr.logs import log_as_json
from bentos.asr.start import StartError, read_settings
from ovoz.engine.artifact import ArtifactError


def main() -> None:
    """Work on jobs with the model of ``MODEL_ID``, by default the Bento's own."""
    try:
        settings = read_settings()
        log_as_json(settings.log_level)
        asyncio.run(work_until_stopped(settings, load_model(settings)))
    except (ArtifactError, ConnectionError, StartError, ValueError) as error:
        sys.exit(f"error: {error}")


main()
