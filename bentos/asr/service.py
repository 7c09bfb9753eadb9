"""The Bento: one process with the API and the model in it."""

from typing import cast

import bentoml

from bentos.asr.auth import Authentication
from bentos.asr.image import image
from bentos.asr.listening import listening_host
from bentos.asr.problems import ErrorsAsProblems
from bentos.asr.rates import RateLimits, Rates
from bentos.asr.recognition import Recogniser
from bentos.asr.routes import build_app
from bentos.asr.start import checked_jobs, checked_keys, checked_tokens, read_settings

SETTINGS = read_settings()
APP = build_app(SETTINGS)


@bentoml.service(
    name="ovoz_asr", image=image(), traffic={"timeout": 120, "max_concurrency": 64}, workers=1
)
class SpeechToText:
    """Speech to text over HTTP."""

    def __init__(self) -> None:
        APP.state.model = Recogniser.load(SETTINGS.model_dir, threads=SETTINGS.threads)

    def __is_ready__(self) -> bool:
        """Whether the model is loaded; BentoML answers ``/readyz`` by it."""
        return APP.state.model is not None


def _mount() -> None:
    """Mount the API; BentoML imports this module in its supervisor too, which loads no model."""
    checked_jobs(SETTINGS)
    service = cast("bentoml.Service[SpeechToText]", SpeechToText)
    service.mount_asgi_app(APP, path="/")
    service.add_asgi_middleware(ErrorsAsProblems)
    service.add_asgi_middleware(
        Authentication,
        keys=checked_keys(SETTINGS, listening_host()),
        tokens=checked_tokens(SETTINGS),
    )
    rates = Rates(
        requests=SETTINGS.requests_per_minute,
        audio_s=SETTINGS.audio_s_per_minute,
        url=SETTINGS.limits_url,
    )
    service.add_asgi_middleware(RateLimits, rates=rates, concurrent=SETTINGS.concurrent_requests)


_mount()
