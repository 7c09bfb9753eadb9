"""A TCP connection to a neighbour that can be cut, joined again, frozen and thawed."""

import socket
import threading
from contextlib import suppress


class Line:
    """Listens on ``port`` and carries what comes to another port of this machine, and back."""

    def __init__(self, to_port: int) -> None:
        self._to_port = to_port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._ends: list[socket.socket] = []
        self._flows = threading.Event()
        self._flows.set()
        self.whole = True
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Close all connections, and those to come."""
        self.whole = False
        for end in self._ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self._ends.clear()

    def freeze(self) -> None:
        """Hold whatever is sent, without closing anything."""
        self._flows.clear()

    def thaw(self) -> None:
        """Let everything through that was held."""
        self._flows.set()

    def _accept(self) -> None:
        while True:
            near, _ = self._listening.accept()
            if not self.whole:
                near.close()
                continue
            far = socket.create_connection(("127.0.0.1", self._to_port))
            self._ends += [near, far]
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=(one, other), daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while content := one.recv(65536):
                self._flows.wait()
                other.sendall(content)
        with suppress(OSError):
            other.shutdown(socket.SHUT_RDWR)
