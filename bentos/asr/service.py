"""The Bento: one process with the API and the model in it."""

import bentoml

from bentos.asr.auth import ApiKeys, Authentication
from bentos.asr.routes import build_app
from bentos.asr.settings import ServiceSettings
from ovoz.engine.artifact import read_description
from ovoz.engine.load import load_engine

SETTINGS = ServiceSettings()


@bentoml.service(name="ovoz_asr", traffic={"timeout": 120, "max_concurrency": 64}, workers=1)
class SpeechToText:
    """Speech to text over HTTP."""


def _mount() -> None:
    """Load the model and mount the API; a missing model or key file stops the start."""
    description = read_description(SETTINGS.model_dir)
    engine = load_engine(SETTINGS.model_dir, threads=SETTINGS.threads)
    app = build_app(engine, f"trained on {description.training_data}", SETTINGS)
    SpeechToText.mount_asgi_app(app, path="/")
    SpeechToText.add_asgi_middleware(Authentication, keys=ApiKeys.from_file(SETTINGS.api_keys_file))


_mount()
