"""The page at ``/``: static files of the package, served under a strict content policy."""

from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles

from ovoz.serving.middleware.authentication import PAGE_FILES

_FILES: Final = Path(__file__).parent / "static"
HEADERS: Final = {
    # blob: is a file that the visitor chose, played back from memory.
    "Content-Security-Policy": (
        "default-src 'self'; media-src 'self' blob:; object-src 'none'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    ),
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    # Asked again each time, by ETag: modules of two versions must not meet in one page.
    "Cache-Control": "no-cache",
}


class _PageFiles(StaticFiles):
    """Files with the page's headers."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        """The file, or 304."""
        response = super().file_response(*args, **kwargs)
        response.headers.update(HEADERS)
        return response


def add_page(app: FastAPI) -> None:
    """Add ``/`` and the files that it refers to, by addresses relative to it."""

    @app.api_route("/", methods=["GET", "HEAD"], include_in_schema=False)
    async def page() -> FileResponse:
        return FileResponse(_FILES / "index.html", headers=HEADERS)

    app.mount(PAGE_FILES.rstrip("/"), _PageFiles(directory=_FILES), name="page")
