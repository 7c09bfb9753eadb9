"""A client of ``/ws/transcribe``, and audio to send it."""

import json
import socket
import time
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import numpy as np
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from ovoz.audio.signal import Samples
from ovoz.engine.precision import Device
from ovoz.engine.transcript import Transcript
from ovoz.serving.inference.options import RecognitionRequest

from ...unit.streaming.coded_speech import Reader

KEY = "a key for tests"


class Info:
    """What a model says of itself."""

    version = "coded-1"
    notice = "trained on nothing"
    identity = "0"
    device = Device.CPU
    description = SimpleNamespace(pack="uz-ru")


class CodedModel:
    """A model that reads :mod:`tests.unit.streaming.coded_speech`, at a speed of the test's."""

    info = Info()
    batch_frames = 0

    def __init__(self, pause_s: float = 0.0, *, is_deaf: bool = False) -> None:
        self.pause_s = pause_s
        self.is_deaf = is_deaf
        self.reader = Reader()
        self.drafts = self.finals = 0
        self.fault: Exception | None = None

    def transcribe_all(self, batch: list[RecognitionRequest]) -> list[Transcript]:
        time.sleep(self.pause_s)
        if self.fault is not None:
            raise self.fault
        drafts = sum(one.options.draft for one in batch)
        self.drafts += drafts
        self.finals += len(batch) - drafts
        return [self.reader.read(one.samples[:0] if self.is_deaf else one.samples) for one in batch]


def pcm(signal: Samples) -> bytes:
    """16-bit samples; the levels of coded speech are multiples of 1/128 and survive."""
    return (signal * 32768).astype("<i2").tobytes()


class Client:
    """Sends audio and keeps what comes back."""

    def __init__(self, url: str, path: str = "/ws/transcribe", **options: Any) -> None:
        address = url.replace("http://", "ws://") + path
        self.socket: ClientConnection = connect(
            address, proxy=None, open_timeout=20, max_size=2**24, **options
        )
        self.messages: list[dict[str, Any]] = []
        self.close_code: int | None = None
        self.close_reason = ""

    def start(self, **fields: Any) -> dict[str, Any]:
        self.say(type="start", **fields)
        return self.hear()

    def say(self, **message: Any) -> None:
        self.socket.send(json.dumps(message))

    def send(self, signal: Samples, size: int = 3_200, pause_s: float = 0.0) -> None:
        self.send_bytes(pcm(signal), size, pause_s)

    def send_bytes(self, content: bytes, size: int = 3_200, pause_s: float = 0.0) -> None:
        """Send until the server closes, which it may before the last of it is sent.

        What the server closed with is found by whoever listens next.
        """
        with suppress(ConnectionClosed):
            for place in range(0, len(content), size):
                self.socket.send(content[place : place + size])
                if pause_s:
                    time.sleep(pause_s)

    def hear(self, timeout: float = 20) -> dict[str, Any]:
        message = json.loads(self.socket.recv(timeout))
        self.messages.append(message)
        return message

    def hear_until(self, kind: str, timeout: float = 20) -> dict[str, Any]:
        while True:
            message = self.hear(timeout)
            if message["type"] == kind:
                return message

    def hear_out(self, timeout: float = 30) -> list[dict[str, Any]]:
        """Everything until the server closes."""
        try:
            while True:
                self.hear(timeout)
        except ConnectionClosed as closed:
            received = closed.rcvd
            self.close_code = received.code if received else None
            self.close_reason = received.reason if received else ""
        return self.messages

    def drop(self) -> None:
        """Cut the line without a word."""
        with suppress(OSError):
            self.socket.socket.shutdown(socket.SHUT_RDWR)  # close() waits for the reading thread
        self.socket.socket.close()

    @property
    def words(self) -> list[tuple[str, float, float]]:
        return [
            (word["text"], word["start_s"], word["end_s"])
            for message in self.messages
            if message["type"] == "final"
            for word in message["words"]
        ]

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in self.messages if message["type"] == kind]


def silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * 16_000), np.float32)
