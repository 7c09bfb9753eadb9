"""Telling the service that an alias has moved."""

from fastapi import APIRouter
from pydantic import BaseModel

from ovoz.serving.api.openapi_responses import CALLING, problems
from ovoz.serving.problems import ProblemError
from ovoz.serving.state import State

PATH = "/v1/model/refresh"


class Refreshing(BaseModel):
    """The version that is served while the registry is asked; null where it has no number."""

    registered: str | None


def refresh_routes() -> APIRouter:
    """``POST /v1/model/refresh``."""
    routes = APIRouter(responses=problems(*CALLING))

    @routes.post(PATH, status_code=202, responses=problems(409))
    async def refresh(state: State) -> Refreshing:
        """Ask the registry now who holds the alias; the answer does not wait for the change."""
        if state.swap is None:
            raise ProblemError(409, "model-fixed", "MODEL_ID names no alias of a registry")
        state.swap.refresh_soon()
        if state.canary is not None:
            state.canary.swap.refresh_soon()
        model = state.transcriber.model
        return Refreshing(registered=model.info.registered if model else None)

    return routes
