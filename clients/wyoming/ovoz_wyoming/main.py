"""``ovoz-wyoming``: runs the bridge until SIGTERM or Ctrl-C."""

import asyncio
import logging
import signal

from ovoz_wyoming.bridge import WyomingBridge
from ovoz_wyoming.settings import WyomingSettings, read_settings


def main() -> None:
    """Run the bridge."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    settings = read_settings()
    try:
        asyncio.run(_serve(settings))
    except (OSError, ValueError) as error:
        raise SystemExit(f"ovoz-wyoming: {error}") from error


async def _serve(settings: WyomingSettings) -> None:
    stopped = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, stopped.set)
    async with WyomingBridge(settings):
        await stopped.wait()
