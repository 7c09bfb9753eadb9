"""A server process of its own with live sessions.

``python -m tests.service.live.server PORT [RESUME_S]``; ``/tasks`` counts what runs in its loop.
"""

import asyncio
import gc
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI

from ovoz.serving.app import build_app
from ovoz.serving.live import session
from ovoz.serving.live.shutdown import drain_on_sigterm
from ovoz.streaming.session import StreamingSession

from ...unit.streaming.coded_speech import Level
from ..settings import settings_with
from .clients import CodedModel

WAITS = {"streams_resume_s": float(sys.argv[2])} if len(sys.argv) > 2 else {}
APP = build_app(settings_with(**WAITS), CodedModel())


@APP.get("/tasks")
async def count_tasks() -> int:
    gc.collect()
    return len(asyncio.all_tasks())


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    """As bentos/asr/service.py does, once the server has its own handlers."""
    drain_on_sigterm(APP.state.service.live)
    yield


if __name__ == "__main__":
    session.StreamingSession = lambda *args, **options: StreamingSession(
        *args, **options, detector=Level
    )
    APP.router.lifespan_context = lifespan
    uvicorn.run(APP, host="127.0.0.1", port=int(sys.argv[1]), log_level="error")
