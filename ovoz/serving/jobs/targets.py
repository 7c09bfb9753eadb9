"""Where a webhook may go: to addresses of the public internet, looked up once.

A caller names the URL, and this process stands inside of a network: what it may reach there, the
caller must not reach through it.
"""

import ipaddress
import socket
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

_PORTS: Final = {"http": 80, "https": 443}
_LONGEST: Final = 2000
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
_SPECIAL: Final = tuple(
    map(
        ipaddress.ip_network,
        ("192.0.0.0/24", "192.88.99.0/24", "64:ff9b:1::/48", "100::/64", "2001::/23", "2002::/16",
         "3fff::/20", "5f00::/16", "fec0::/10"),
    )
)  # fmt: skip
"""Of IANA's registries of special-purpose addresses, what this Python takes for global."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class TargetError(ValueError):
    """A URL that no webhook is sent to; the message says why, and names no address."""


@dataclass(frozen=True, slots=True)
class Target:
    """One address that a URL stands for.

    ``url`` has the address in place of the name: who looked the name up again when connecting
    could be given another one (DNS rebinding). ``host`` is for the Host header, ``name`` for TLS.
    """

    url: str
    host: str
    name: str


def receiver_of(url: str) -> str:
    """Who is told: scheme, host and port of a URL, in one spelling.

    Raises:
        TargetError: it may not be sent to, whatever its addresses are.
    """
    parts, name, port = _parts(url)
    return f"{parts.scheme}://{name}:{port}"


def resolve(url: str, *, private: bool) -> Target:
    """The target of ``url``; blocking, for as long as the name service takes.

    Args:
        url: http or https, without user and fragment.
        private: whether it may lie in this machine or its network.

    Raises:
        TargetError: it may not be sent to.
    """
    parts, name, port = _parts(url)
    address = _address(name, port, private=private)
    shown = f"[{address}]" if address.version == 6 else str(address)
    suffix = f":{parts.port}" if parts.port is not None else ""
    host = (f"[{name}]" if ":" in name else name) + suffix
    return Target(parts._replace(netloc=shown + suffix).geturl(), host, name)


def _parts(url: str) -> tuple[SplitResult, str, int]:
    """The URL taken apart, its host and its port."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise TargetError("it is no URL") from error
    if len(url) > _LONGEST or not url.isascii() or not url.isprintable() or " " in url:
        raise TargetError("it is no URL")
    if parts.scheme not in _PORTS or not parts.hostname:
        raise TargetError("it does not begin with http:// or https:// and a host")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise TargetError("it has a user, a password or a fragment")
    return parts, parts.hostname, port or _PORTS[parts.scheme]


def _address(name: str, port: int, *, private: bool) -> Address:
    try:
        found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise TargetError("its host is not known") from error
    addresses = [ipaddress.ip_address(str(one[4][0]).partition("%")[0]) for one in found]
    # All of them: a name with a public and a private address is a trick, or a mistake.
    if not private and not all(is_public(address) for address in addresses):
        raise TargetError("its host is not on the public internet")
    return addresses[0]


def is_public(address: Address) -> bool:
    """Whether ``address``, or the IPv4 address inside of it, belongs to the public internet."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
        if inner is not None:
            return is_public(inner)
        if address.teredo is not None:
            return False
    if any(address in network for network in _SPECIAL if network.version == address.version):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved
