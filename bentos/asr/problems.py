"""Errors as RFC 9457 problem details, with stable types and without stack traces."""

from typing import Final

from starlette.responses import JSONResponse

from ovoz.audio.decode import AudioError

_TYPES: Final = "https://ovoz.uz/problems/"
_STATUS: Final = {"too_large": 413, "too_long": 413}
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


def problem(status: int, kind: str, detail: str) -> JSONResponse:
    """The response that tells ``detail`` under the stable type ``kind``."""
    content = {
        "type": _TYPES + kind,
        "title": _TITLES.get(status, "Error"),
        "status": status,
        "detail": detail,
    }
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
    return JSONResponse(
        content, status_code=status, headers=headers, media_type="application/problem+json"
    )


def audio_problem(error: AudioError) -> JSONResponse:
    """The response to audio that cannot be taken."""
    return problem(
        _STATUS.get(error.code, 422), f"audio-{error.code}".replace("_", "-"), str(error)
    )
