"""The state of the running service, given to the routes by FastAPI."""

from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request

from ovoz.monitoring.corrections import CorrectionRow
from ovoz.serving.canary.canary import Canary
from ovoz.serving.inference.hot_swap import HotSwap
from ovoz.serving.inference.transcriber import Transcriber
from ovoz.serving.jobs.runtime import OpenJobs
from ovoz.serving.live.sessions import LiveSessions
from ovoz.serving.settings import ServiceSettings
from ovoz.serving.telemetry.row_log import RowLog


@dataclass(frozen=True, slots=True)
class ServiceState:
    """Everything that lives as long as the process.

    ``swap`` is there where the model is an alias, ``canary`` where that is the alias of
    production, ``corrections`` where they are logged.
    """

    settings: ServiceSettings
    transcriber: Transcriber
    live: LiveSessions
    jobs: OpenJobs = field(default_factory=OpenJobs)
    swap: HotSwap | None = None
    canary: Canary | None = None
    corrections: RowLog[CorrectionRow] | None = None


async def _state_of(request: Request) -> ServiceState:
    """Not a plain function: FastAPI would call that in a thread."""
    state: ServiceState = request.app.state.service
    return state


State = Annotated[ServiceState, Depends(_state_of)]
"""The type of a route's argument that is given the state."""
