"""A TCP connection to a neighbour that can be cut, frozen, slowed, or lose what it carries."""

import socket
import threading
import time
from contextlib import suppress
from enum import Enum, auto

_CHUNK = 65536


class _Fault(Enum):
    NONE = auto()
    CUT = auto()
    FROZEN = auto()
    SLOW = auto()
    CUT_IN_ANSWERS = auto()
    DROPPING = auto()


class Line:
    """Listens on ``port`` and carries what comes to another port of this machine, and back."""

    def __init__(self, to_port: int) -> None:
        self._to_port = to_port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._ends: list[socket.socket] = []
        self._flows = threading.Event()
        self._flows.set()
        self._fault = _Fault.NONE
        self._delay_s = 0.0
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Close all connections, and those to come."""
        self._fault = _Fault.CUT
        self._close_all()

    def freeze(self) -> None:
        """Hold whatever is sent, without closing anything."""
        self._fault = _Fault.FROZEN
        self._flows.clear()

    def slow(self, delay_s: float = 2.0) -> None:
        """Let every piece of an answer wait before it is carried on."""
        self._fault = _Fault.SLOW
        self._delay_s = delay_s

    def cut_in_answers(self) -> None:
        """Carry half of each answer, then close."""
        self._fault = _Fault.CUT_IN_ANSWERS

    def drop(self) -> None:
        """Lose whatever is sent, in both directions, as a firewall that forgot a connection.

        Connections of that time stay lost after :meth:`restore`.
        """
        self._fault = _Fault.DROPPING

    def restore(self) -> None:
        """Carry everything again, what was held included."""
        self._fault = _Fault.NONE
        self._flows.set()

    def end(self) -> None:
        """Close everything."""
        self.cut()
        self._flows.set()
        self._listening.close()

    def _close_all(self) -> None:
        for end in self._ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self._ends.clear()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            if self._fault is _Fault.CUT:
                near.close()
                continue
            threading.Thread(target=self._join, args=(near,), daemon=True).start()

    def _join(self, near: socket.socket) -> None:
        try:
            far = socket.create_connection(("127.0.0.1", self._to_port))
        except OSError:
            near.close()  # nobody listens there: refused here too
            return
        self._ends += [near, far]
        for one, other, answers in ((near, far, False), (far, near, True)):
            carrying = threading.Thread(target=self._carry, args=(one, other, answers), daemon=True)
            carrying.start()

    def _carry(self, one: socket.socket, other: socket.socket, answers: bool) -> None:
        lost = False
        with suppress(OSError):
            while content := one.recv(_CHUNK):
                self._flows.wait()
                lost = lost or self._fault is _Fault.DROPPING
                if lost:
                    continue
                if answers and self._fault is _Fault.SLOW:
                    time.sleep(self._delay_s)
                if answers and self._fault is _Fault.CUT_IN_ANSWERS:
                    other.sendall(content[: len(content) // 2])
                    for end in (one, other):
                        end.shutdown(socket.SHUT_RDWR)
                    return
                other.sendall(content)
        if not lost:
            with suppress(OSError):
                other.shutdown(socket.SHUT_RDWR)
