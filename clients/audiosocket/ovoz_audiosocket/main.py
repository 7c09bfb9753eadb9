"""``ovoz-audiosocket``: runs the bridge until SIGTERM or Ctrl-C."""

import asyncio
import logging
import signal

from ovoz_audiosocket.bridge import Bridge
from ovoz_audiosocket.settings import BridgeSettings, read_settings


def main() -> None:
    """Run the bridge."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    settings = read_settings()
    try:
        asyncio.run(_serve(settings))
    except (OSError, ValueError) as error:
        raise SystemExit(f"ovoz-audiosocket: {error}") from error


async def _serve(settings: BridgeSettings) -> None:
    stopped = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, stopped.set)
    async with Bridge(settings):
        await stopped.wait()
