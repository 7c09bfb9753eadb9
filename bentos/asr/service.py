"""The Bento: one process with the API and the model in it."""

import bentoml

from bentos.asr.auth import ApiKeys, Authentication
from bentos.asr.problems import ErrorsAsProblems
from bentos.asr.routes import LoadedModel, build_app
from bentos.asr.settings import ServiceSettings
from ovoz.engine.artifact import read_description
from ovoz.engine.load import load_engine

SETTINGS = ServiceSettings()
# BentoML imports this module in its supervisor too: a missing model or a faulty key file stops the
# start there, at once and with a reason, and the supervisor loads no model.
DESCRIPTION = read_description(SETTINGS.model_dir)
KEYS = ApiKeys.from_file(SETTINGS.api_keys_file)
APP = build_app(SETTINGS)


@bentoml.service(name="ovoz_asr", traffic={"timeout": 120, "max_concurrency": 64}, workers=1)
class SpeechToText:
    """Speech to text over HTTP."""

    def __init__(self) -> None:
        engine = load_engine(SETTINGS.model_dir, threads=SETTINGS.threads)
        APP.state.model = LoadedModel(engine, f"trained on {DESCRIPTION.training_data}")


SpeechToText.mount_asgi_app(APP, path="/")
SpeechToText.add_asgi_middleware(ErrorsAsProblems)
SpeechToText.add_asgi_middleware(Authentication, keys=KEYS)
