"""The Bento: the API, and the model in the same process unless a URL says where it is."""

from typing import cast

import bentoml

from bentos.asr.hosting import mount, options, prepare_process
from ovoz.serving.app import build_app
from ovoz.serving.inference.loading import load_model
from ovoz.serving.live.shutdown import drain_on_sigterm
from ovoz.serving.startup.checks import read_settings
from ovoz.serving.telemetry.process import free_for_uploads

SETTINGS = read_settings()
APP = build_app(SETTINGS)


@bentoml.service(name="ovoz_asr", **options(SETTINGS))
class SpeechToText:
    """Speech to text over HTTP."""

    def __init__(self) -> None:
        prepare_process(SETTINGS)
        APP.state.service.transcriber.model = load_model(SETTINGS)

    @bentoml.on_startup  # type: ignore[untyped-decorator]
    async def drain_sockets(self) -> None:
        """Have SIGTERM send the last finals before the server closes the sockets."""
        drain_on_sigterm(APP.state.service.live)

    def __is_ready__(self) -> bool:
        """Whether the model is loaded and uploads have room; BentoML answers ``/readyz`` by it."""
        room = free_for_uploads() > SETTINGS.limits.max_upload_bytes
        return room and APP.state.service.transcriber.model is not None


mount(
    cast("bentoml.Service[SpeechToText]", SpeechToText),
    APP,
    APP.state.service.transcriber.queue,
    SETTINGS,
)
