"""The pages of the service for browsers, which load nothing from elsewhere.

FastAPI's own page of the API loads a CDN's files, BentoML's page a tracker: neither works in a
closed network.
"""

from importlib.resources import files
from pathlib import Path
from typing import Final

from fastapi import FastAPI
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles

POLICY: Final = "default-src 'self'; img-src 'self' data:"
"""Swagger UI's style sheet holds its icons as ``data:``."""

_DOCS: Final = "/docs"
_MODEL_INDEX: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Ovoz model</title></head><body>
<h1>Ovoz model</h1><p>The model of a speech-to-text service, which asks it.</p></body></html>
"""
# Relative addresses: they hold behind a proxy that adds a prefix.
_SWAGGER: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Ovoz: the API</title>
<link rel="icon" href="docs/files/favicon-32x32.png">
<link rel="stylesheet" href="docs/files/swagger-ui.css"></head><body>
<div id="api"></div>
<script src="docs/files/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script></body></html>
"""
_START: Final = "SwaggerUIBundle({url: 'openapi.json', dom_id: '#api', deepLinking: true});\n"


def add_pages(app: FastAPI) -> None:
    """Add ``/docs`` to the API, whose ``docs_url`` and ``redoc_url`` are to be None."""

    @app.get(_DOCS, include_in_schema=False)
    async def docs() -> Response:
        """The API, to be read and tried."""
        return _page(_SWAGGER)

    @app.get(f"{_DOCS}/start.js", include_in_schema=False)
    async def start() -> Response:
        """A file of its own: the policy allows no script within a page."""
        return Response(_START, media_type="text/javascript")

    swagger = Path(str(files("fastapi_swagger"))) / "resources"
    app.mount(f"{_DOCS}/files", StaticFiles(directory=swagger))


def add_model_page(app: FastAPI) -> None:
    """Add ``/`` to the model's service, in the place of BentoML's page."""

    @app.get("/", include_in_schema=False)
    async def index() -> Response:
        """What this is."""
        return _page(_MODEL_INDEX)


def _page(html: str) -> Response:
    return HTMLResponse(html, headers={"Content-Security-Policy": POLICY})
