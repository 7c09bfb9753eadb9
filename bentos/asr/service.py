"""The Bento: the API, and the model in the same process unless a URL says where it is."""

import os
from typing import TYPE_CHECKING, cast

import bentoml
from starlette.applications import Starlette

from bentos.asr.hosting import mount, options, prepare_process
from bentos.asr.late import LateApp
from bentos.asr.process import one_line_refusals
from ovoz.serving.startup.checks import read_settings
from ovoz.serving.telemetry.process import free_for_uploads

if TYPE_CHECKING:
    from ovoz.serving.state import ServiceState

with one_line_refusals():
    SETTINGS = read_settings()


def _build() -> Starlette:
    from ovoz.registry.holder import holder_of
    from ovoz.registry.policy import load_policy
    from ovoz.serving.app import build_app  # not in the supervisor, as LateApp says

    return build_app(SETTINGS, holder_of=holder_of(os.environ), canary_policy=load_policy().canary)


def _state_of(app: Starlette) -> "ServiceState":
    state: ServiceState = app.state.service
    return state


APP = LateApp(_build)


@bentoml.service(name="ovoz_asr", **options(SETTINGS))
class SpeechToText:
    """Speech to text over HTTP."""

    def __init__(self) -> None:
        from ovoz.registry.holder import holder_of
        from ovoz.serving.inference.loading import load_model, load_others

        prepare_process(SETTINGS)
        model = load_model(SETTINGS, holder_of(os.environ))
        transcriber = _state_of(APP.built).transcriber
        transcriber.others = load_others(SETTINGS)
        transcriber.model = model

    @bentoml.on_startup  # type: ignore[untyped-decorator]
    async def drain_sockets(self) -> None:
        """Have SIGTERM send the last finals before the server closes the sockets."""
        from ovoz.serving.live.shutdown import drain_on_sigterm

        drain_on_sigterm(_state_of(APP.built).live)

    def __is_ready__(self) -> bool:
        """Whether the model is loaded and uploads have room; BentoML answers ``/readyz`` by it."""
        room = free_for_uploads() > SETTINGS.limits.max_upload_bytes
        return room and _state_of(APP.built).transcriber.model is not None


with one_line_refusals():
    mount(
        cast("bentoml.Service[SpeechToText]", SpeechToText),
        APP,
        lambda app: _state_of(app).transcriber.queue,
        SETTINGS,
    )
