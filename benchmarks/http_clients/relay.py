"""A relay that writes down what a client sends."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

_PIECE: Final = 65_536


@dataclass(slots=True)
class Heard:
    """What a relay is told: the bytes of each connection, in the order that they were opened."""

    url: str
    connections: list[bytearray] = field(default_factory=list)


@contextmanager
def relay(url: str) -> Iterator[Heard]:
    """Stand before the service at ``url``; bytes are passed on as they come, both ways."""
    address = urlsplit(url)
    assert address.hostname is not None
    assert address.port is not None
    service = (address.hostname, address.port)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        heard = Heard(f"http://127.0.0.1:{listening.getsockname()[1]}")
        threading.Thread(target=_accept, args=(listening, service, heard), daemon=True).start()
        yield heard
        listening.shutdown(socket.SHUT_RDWR)


def _accept(listening: socket.socket, service: tuple[str, int], heard: Heard) -> None:
    with suppress(OSError):  # the listening socket is closed
        while True:
            client, _ = listening.accept()
            server = socket.create_connection(service, timeout=60)
            sent = bytearray()
            heard.connections.append(sent)
            for source, target, into in ((client, server, sent), (server, client, bytearray())):
                threading.Thread(target=_pass, args=(source, target, into), daemon=True).start()


def _pass(source: socket.socket, target: socket.socket, into: bytearray) -> None:
    """Hand on until ``source`` ends, and then end ``target`` the same way."""
    with suppress(OSError):  # the other side has gone
        while content := source.recv(_PIECE):
            into += content
            target.sendall(content)
        target.shutdown(socket.SHUT_WR)
