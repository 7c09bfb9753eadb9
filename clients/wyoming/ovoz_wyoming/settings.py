"""What the bridge is started with."""

import argparse
import os
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network


@dataclass(frozen=True, slots=True)
class WyomingSettings:
    """Settings of the bridge.

    Attributes:
        url: of the service.
        key: an API key or token; from ``OVOZ_API_KEY``.
        listen: host and port.
        allow: networks whose programs may connect; the protocol has no authentication.
        languages: codes that the bridge offers.
        max_requests: connections at once; more are closed.
        idle_s: seconds without an event after which a connection is closed.
        longest_s: most seconds of audio in a request.
    """

    url: str
    key: str = ""
    listen: tuple[str, int] = ("127.0.0.1", 10300)
    allow: tuple[IPv4Network | IPv6Network, ...] = ()
    languages: tuple[str, ...] = ("uz", "ru")
    max_requests: int = 20
    idle_s: float = 60.0
    longest_s: float = 300.0

    def __post_init__(self) -> None:
        if not self.allow and not _is_loopback(self.listen[0]):
            raise ValueError(
                f"{self.listen[0]} is reached by other machines, and the Wyoming protocol has no"
                " keys: name those that may connect by --allow"
            )

    def admits(self, address: str) -> bool:
        """Whether a program at an IP address may connect."""
        peer = ip_address(address.partition("%")[0])
        return peer.is_loopback or any(peer in network for network in self.allow)


def read_settings(arguments: list[str] | None = None) -> WyomingSettings:
    """Settings of the command line; ends the process where they make no sense."""
    parser = argparse.ArgumentParser(
        prog="ovoz-wyoming",
        description="Speech to text for Home Assistant; the key is read from OVOZ_API_KEY.",
    )
    parser.add_argument("--url", required=True, help="the service, as http://host:port")
    parser.add_argument(
        "--listen", type=_address, default=("127.0.0.1", 10300), metavar="HOST:PORT"
    )
    parser.add_argument(
        "--allow", type=ip_network, nargs="+", default=(), metavar="NETWORK",
        help="addresses or networks that may connect, beside this machine",
    )  # fmt: skip
    parser.add_argument("--languages", nargs="+", default=("uz", "ru"), metavar="CODE")
    parser.add_argument("--max-requests", type=int, default=20)
    chosen = parser.parse_args(arguments)
    try:
        return WyomingSettings(
            url=chosen.url,
            key=os.environ.get("OVOZ_API_KEY", ""),
            listen=chosen.listen,
            allow=tuple(chosen.allow),
            languages=tuple(chosen.languages),
            max_requests=chosen.max_requests,
        )
    except ValueError as error:
        parser.error(str(error))


def _address(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not HOST:PORT")
    return host.strip("[]"), int(port)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
