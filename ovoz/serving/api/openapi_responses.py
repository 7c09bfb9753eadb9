"""What the API's description (OpenAPI) says of answers other than the usual one."""

from typing import Any, Final

from ovoz.serving.problems import MEDIA_TYPE

Responses = dict[int | str, dict[str, Any]]
"""What FastAPI takes as ``responses``."""

_RETRY: Final = {
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}}
}
_CHALLENGE: Final = {"WWW-Authenticate": {"schema": {"type": "string"}}}
_TOLD: Final = {
    400: "Not a form that can be read",
    401: "No valid key",
    403: "The key lacks the scope, or there are no keys and the caller is not on loopback",
    404: "Nothing is known under this name",
    409: "This was said before, or the service is not set up for it",
    413: "Too many bytes or seconds",
    422: "Not audio that can be taken, or a wrong field",
    429: "Over the limits of the key, or of the service",
    503: "The model is not loaded, or too much is waiting",
    504: "The deadline has passed",
    507: "Too much audio is waiting already",
}
_HEADERS: Final = {401: _CHALLENGE, 429: _RETRY, 503: _RETRY, 507: _RETRY}
CALLING: Final = (401, 403, 429)
"""What any caller may get."""
UPLOADING: Final = (400, 401, 403, 413, 422, 429, 503, 504)
"""What who sends a recording may get."""


def problems(*statuses: int) -> Responses:
    """Problem details under these statuses."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        status: {
            "description": _TOLD[status],
            "content": {MEDIA_TYPE: {"schema": schema}},
            **({"headers": _HEADERS[status]} if status in _HEADERS else {}),
        }
        for status in statuses
    }


def texts(*kinds: str) -> dict[str, Any]:
    """An answer that may as well be text of one of these media types.

    No schema describes a stream of events as a whole.
    """
    return {
        "content": {
            kind: {} if kind == "text/event-stream" else {"schema": {"type": "string"}}
            for kind in kinds
        }
    }
