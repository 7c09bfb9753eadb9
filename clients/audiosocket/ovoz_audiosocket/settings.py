"""What the bridge is started with."""

import argparse
import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class BridgeSettings:
    """Settings of the bridge.

    Attributes:
        url: of the service.
        key: an API key or token; from ``OVOZ_API_KEY``.
        caller: host and port for the caller's side of calls.
        callee: host and port for the other side; None where the dial plan gives one side alone.
        recordings: where calls lie until their job is accepted; None: no jobs.
        webhook: where captions are POSTed; standard output without.
        job_webhook: where the service POSTs a finished job.
        partials: whether captions that may still change are told.
        hint: the language hint of calls.
        max_calls: connections at once; more are closed.
        idle_s: seconds without a frame after which a connection is taken for dead.
        drain_s: seconds that calls have to end when the bridge is stopped.
    """

    url: str
    key: str = ""
    caller: tuple[str, int] = ("127.0.0.1", 9092)
    callee: tuple[str, int] | None = None
    recordings: Path | None = None
    webhook: str = ""
    job_webhook: str = ""
    partials: bool = False
    hint: str = "auto"
    max_calls: int = 100
    idle_s: float = 30.0
    drain_s: float = 30.0


def read_settings(arguments: list[str] | None = None) -> BridgeSettings:
    """Settings of the command line; ends the process where they make no sense."""
    parser = argparse.ArgumentParser(
        prog="ovoz-audiosocket",
        description="Captions of Asterisk's calls; the key is read from OVOZ_API_KEY.",
    )
    parser.add_argument("--url", required=True, help="the service, as http://host:port")
    parser.add_argument("--caller", type=_address, default=("127.0.0.1", 9092), metavar="HOST:PORT")
    parser.add_argument("--callee", type=_address, metavar="HOST:PORT")
    parser.add_argument("--recordings", type=Path, help="folder for calls until their job is made")
    parser.add_argument("--webhook", default="", help="where captions are POSTed")
    parser.add_argument("--job-webhook", default="", help="where finished jobs are POSTed")
    parser.add_argument("--partials", action="store_true", help="tell what may still change too")
    parser.add_argument("--hint", default="auto", help="auto, mixed, or a language of the model")
    parser.add_argument("--max-calls", type=int, default=100)
    chosen = parser.parse_args(arguments)
    return BridgeSettings(key=os.environ.get("OVOZ_API_KEY", ""), **vars(chosen))


def _address(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not HOST:PORT")
    return host, int(port)
