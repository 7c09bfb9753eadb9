"""A container that is decoded while it arrives.

FFmpeg pulls its input, and sockets push it: a thread per container stands between.
"""

import threading
from typing import Final

import numpy as np

from ovoz.audio.containers import AudioError
from ovoz.audio.decode import stream_pipe
from ovoz.audio.signal import SAMPLE_RATE, Samples

_PATIENCE_S: Final = 10.0
"""For the decoder to take one piece; decoding is a thousand times as fast as sound."""
_MOST: Final = 120 * SAMPLE_RATE
"""Samples that one piece may decode to: a kilobyte of packets may stand for hours."""


class ContainerPipe:
    """Decodes pieces of a container to mono samples at 16 kHz.

    Args:
        container: FFmpeg's name of it.
    """

    def __init__(self, container: str) -> None:
        self._changed = threading.Condition()
        self._waiting = bytearray()
        self._ended = self._is_starving = self._is_done = False
        self._decoded: list[Samples] = []
        self._fault: AudioError | None = None
        threading.Thread(
            target=self._decode, args=(container,), name="audio-container", daemon=True
        ).start()

    def feed(self, content: bytes) -> Samples:
        """The samples that ``content`` completes, float32 [T].

        Raises:
            AudioError: The container cannot be decoded, or holds more than two minutes at once.
        """
        with self._changed:
            self._waiting += content
            self._is_starving = False
            self._changed.notify_all()
        return self.take()

    def take(self) -> Samples:
        """The samples of everything fed that were not taken yet; the errors are those of feed."""
        with self._changed:
            in_time = self._changed.wait_for(
                lambda: self._is_done or self._is_starving, _PATIENCE_S
            )
            if self._fault is not None:
                raise self._fault
            if not in_time:
                raise AudioError("unreadable", f"not decoded within {_PATIENCE_S:g} s")
            decoded, self._decoded = self._decoded, []
        return np.concatenate([np.zeros(0, np.float32), *decoded])

    def close(self) -> None:
        """End the container; its thread ends by itself."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def read(self, size: int) -> bytes:
        """What was fed, for FFmpeg; waits while there is nothing."""
        with self._changed:
            while not self._waiting and not self._ended:
                self._is_starving = True
                self._changed.notify_all()
                self._changed.wait()
            self._is_starving = False
            content = bytes(self._waiting[:size])
            del self._waiting[:size]
            return content

    def _decode(self, container: str) -> None:
        held = 0
        try:
            for piece in stream_pipe(self, container):
                with self._changed:
                    held = len(piece) + sum(map(len, self._decoded))
                    if held > _MOST:
                        raise AudioError("too_long", "one piece holds over two minutes of audio")
                    self._decoded.append(piece)
        except AudioError as error:
            self._fault = error
        finally:
            with self._changed:
                self._is_done = True
                self._changed.notify_all()
