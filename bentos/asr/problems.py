"""Errors as RFC 9457 problem details, with stable types and without stack traces."""

from typing import Final

from pydantic import BaseModel
from starlette.responses import JSONResponse

from ovoz.audio.decode import AudioError

MEDIA_TYPE: Final = "application/problem+json"
_TYPES: Final = "urn:ovoz:problem:"
_AUDIO_STATUS: Final = {"too_large": 413, "too_long": 413}
_TITLES: Final = {
    400: "Bad request",
    401: "Not authenticated",
    403: "Forbidden",
    404: "Not found",
    405: "Method not allowed",
    413: "Recording too large",
    422: "Not acceptable as input",
    500: "Internal fault",
    503: "Not ready",
}


class Problem(BaseModel):
    """Body of every error (RFC 9457, section 3.1)."""

    type: str
    title: str
    status: int
    detail: str


def problem(
    status: int, kind: str, detail: str, *, headers: dict[str, str] | None = None
) -> JSONResponse:
    """The response that tells ``detail`` under the stable type ``kind``."""
    body = Problem(
        type=_TYPES + kind, title=_TITLES.get(status, "Error"), status=status, detail=detail
    )
    return JSONResponse(
        body.model_dump(), status_code=status, headers=headers, media_type=MEDIA_TYPE
    )


def audio_problem(error: AudioError) -> JSONResponse:
    """The response to audio that cannot be taken."""
    kind = f"audio-{error.code}".replace("_", "-")
    return problem(_AUDIO_STATUS.get(error.code, 422), kind, str(error))


def too_large(limit: int) -> JSONResponse:
    """The response to an upload over ``limit`` bytes."""
    return problem(413, "audio-too-large", f"an upload may have {limit} bytes at most")
