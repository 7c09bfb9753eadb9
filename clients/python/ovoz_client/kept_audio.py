"""Audio of a stream that may have to be sent again."""


class KeptAudio:
    """The latest bytes of a stream, by their place in the whole of it."""

    def __init__(self) -> None:
        self._content = bytearray()
        self.start = 0

    @property
    def end(self) -> int:
        """Bytes of the whole stream so far."""
        return self.start + len(self._content)

    def append(self, content: bytes) -> None:
        """Add the next bytes."""
        self._content += content

    def read(self, place: int, size: int) -> bytes:
        """Up to ``size`` bytes from ``place`` on.

        Raises:
            ValueError: They are forgotten.
        """
        if place < self.start:
            raise ValueError(f"bytes up to {self.start} are forgotten, {place} was asked for")
        return bytes(self._content[place - self.start : place - self.start + size])

    def forget(self, place: int) -> None:
        """Drop what comes before ``place``."""
        del self._content[: max(0, place - self.start)]
        self.start = max(self.start, place)
