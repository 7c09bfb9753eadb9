"""The Bento: the API, and the model in the same process unless a URL says where it is."""

from typing import cast

import bentoml

from bentos.asr.image import image
from bentos.asr.layers import mount
from bentos.asr.recognition import Recogniser
from bentos.asr.remote import RemoteModel
from bentos.asr.routes import build_app
from bentos.asr.start import prepare_process, reachable_model, read_settings
from bentos.asr.tracing import tracing

SETTINGS = read_settings()
APP = build_app(SETTINGS)


@bentoml.service(
    name="ovoz_asr",
    image=image(),
    # Our own queue and deadlines refuse earlier and in our own words. BentoML keeps a timer of
    # this length, and 5 KB with it, for every request that was answered: a day's are a leak.
    traffic={"timeout": 120},
    tracing=tracing(SETTINGS),
    logging={"access": {"enabled": False}},
    workers=1,
)
class SpeechToText:
    """Speech to text over HTTP."""

    def __init__(self) -> None:
        prepare_process(SETTINGS)
        APP.state.model = (
            RemoteModel.at(SETTINGS.model_url, SETTINGS.model_key)
            if SETTINGS.model_url
            else Recogniser.load(
                reachable_model(SETTINGS), threads=SETTINGS.threads, device=SETTINGS.device
            )
        )

    def __is_ready__(self) -> bool:
        """Whether the model is loaded; BentoML answers ``/readyz`` by it."""
        return APP.state.model is not None


mount(cast("bentoml.Service[SpeechToText]", SpeechToText), APP, SETTINGS)
