"""Where the service is, and how a caller shows who it is."""

import ssl
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Final
from urllib.parse import urlsplit

USER_AGENT: Final = f"ovoz-client/{version('ovoz-client')}"


@dataclass(frozen=True, slots=True)
class Service:
    """A service by its address.

    Args:
        url: ``http://`` or ``https://``, with the path prefix where a proxy has one.
        key: an API key or an access token; empty for none. Never part of a message or a log.
        ssl_context: for a certificate authority of your own.
        trust_env: whether proxies are taken from the environment.

    Raises:
        ValueError: The address is none.
    """

    url: str
    key: str = field(default="", repr=False)
    ssl_context: ssl.SSLContext | None = None
    trust_env: bool = True

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"{self.url!r} is no address of a service: use http://host:port")

    @property
    def headers(self) -> dict[str, str]:
        """What every request carries."""
        known = {"User-Agent": USER_AGENT}
        return known | {"Authorization": f"Bearer {self.key}"} if self.key else known

    @property
    def socket_url(self) -> str:
        """The address of live streams."""
        return "ws" + self.url.removeprefix("http").rstrip("/") + "/ws/transcribe"
