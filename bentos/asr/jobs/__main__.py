"""``python -m bentos.asr.jobs``: a worker where there is no ``ovoz`` command, as in a Bento."""

import asyncio
import logging
import sys

from bentos.asr.jobs.process import work_until_stopped
from bentos.asr.recognition import Recogniser
from bentos.asr.start import StartError, read_settings
from ovoz.engine.artifact import ArtifactError


def main() -> None:
    """Work on jobs with the model of ``OVOZ_MODEL_DIR``, in a Bento its own."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    try:
        settings = read_settings()
        recogniser = Recogniser.load(settings.model_dir, threads=settings.threads)
        asyncio.run(work_until_stopped(settings, recogniser))
    except (ArtifactError, StartError, ValueError) as error:
        sys.exit(f"error: {error}")


main()
