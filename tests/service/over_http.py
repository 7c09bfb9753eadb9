"""The API with all its middlewares behind a real HTTP server in this process."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import uvicorn
from starlette.types import ASGIApp

from bentos.asr.connections import BoundedProtocol
from ovoz.serving.app import build_app
from ovoz.serving.auth.api_keys import ApiKeys
from ovoz.serving.auth.network import free_port
from ovoz.serving.inference.queue import ModelQueue
from ovoz.serving.middleware.stack import middlewares
from ovoz.serving.settings import ServiceSettings
from ovoz.serving.startup.checks import checked_tokens


def stacked(app: ASGIApp, settings: ServiceSettings, queue: ModelQueue, keys: ApiKeys) -> ASGIApp:
    """An application inside of the middlewares that ``bentos/asr/hosting.py`` puts around it."""
    for middleware in reversed(middlewares(settings, queue, keys, checked_tokens(settings.tokens))):
        app = middleware.cls(app, *middleware.args, **middleware.kwargs)
    return app


@contextmanager
def served_app(app: ASGIApp) -> Iterator[httpx.Client]:
    """A client of an application that a server of its own serves."""
    port = free_port()
    # The protocol that the Bento puts under its server.
    config = uvicorn.Config(app, port=port, http=BoundedProtocol, log_level="error", lifespan="on")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False) as client:
        yield client
    server.should_exit = True
    thread.join(30)


@contextmanager
def served_api(
    settings: ServiceSettings, model: Any, keys: ApiKeys | None = None
) -> Iterator[httpx.Client]:
    """A client of the whole service."""
    app = build_app(settings, model)
    queue = app.state.service.transcriber.queue
    with served_app(stacked(app, settings, queue, keys or ApiKeys())) as client:
        yield client
