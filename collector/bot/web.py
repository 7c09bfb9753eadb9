"""The collector's own HTTP: figures, health, and the webhook where there is one."""

import hmac
import logging
from typing import Final

from aiogram import Bot
from aiogram.types import Update
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError

from collector.bot.updates import UpdateHandler
from collector.database.sessions import Transactions

WEBHOOK_PATH: Final = "/telegram"
_SECRET_HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  (its name)
_MOST_BYTES: Final = 1_000_000
_LOG: Final = logging.getLogger(__name__)


def build_web(
    bot: Bot, handler: UpdateHandler, transactions: Transactions, secret: str
) -> web.Application:
    """The application; without a secret it has no webhook."""
    app = web.Application(client_max_size=_MOST_BYTES)

    async def metrics(_request: web.Request) -> web.Response:
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def health(_request: web.Request) -> web.Response:
        healthy = await transactions.answers()
        return web.json_response({"database": healthy}, status=200 if healthy else 503)

    async def webhook(request: web.Request) -> web.Response:
        """Answer 200 once the update is handled; Telegram sends it again after anything else."""
        given = request.headers.get(_SECRET_HEADER, "")
        if not hmac.compare_digest(given.encode(), secret.encode()):
            return web.Response(status=403)
        try:
            update = Update.model_validate(await request.json(), context={"bot": bot})
        except (ValueError, ValidationError):
            return web.Response(status=400)
        try:
            await handler.handle(update)
        except DBAPIError as error:
            _LOG.error("the database does not answer", extra={"error": str(error.orig)})
            return web.Response(status=503)
        return web.Response()

    app.router.add_get("/metrics", metrics)
    app.router.add_get("/health", health)
    if secret:
        app.router.add_post(WEBHOOK_PATH, webhook)
    return app
