"""The latest audio of a session, addressed by its place in the whole."""

import numpy as np

from ovoz.audio.signal import Samples


class AudioBuffer:
    """Samples from ``start`` to ``end``, both counted from the start of the session.

    Amortised: appending and dropping cost as much as the samples that are appended.
    """

    def __init__(self, start: int = 0) -> None:
        self.start = self.end = start
        self._held = np.zeros(0, np.float32)
        self._first = 0

    def append(self, samples: Samples) -> None:
        """Add the samples that follow."""
        used = self.end - self.start
        if self._first + used + len(samples) > len(self._held):
            grown = np.zeros(max(16_000, 2 * (used + len(samples))), np.float32)
            grown[:used] = self._held[self._first : self._first + used]
            self._held, self._first = grown, 0
        place = self._first + used
        self._held[place : place + len(samples)] = samples
        self.end += len(samples)

    def drop_before(self, position: int) -> None:
        """Forget what lies before ``position``."""
        dropped = max(0, min(position, self.end) - self.start)
        self.start += dropped
        self._first += dropped

    def copy(self, start: int, end: int) -> Samples:
        """The samples from ``start`` to ``end``, as far as they are held."""
        first = self._first + max(0, start - self.start)
        last = self._first + max(0, min(end, self.end) - self.start)
        return self._held[first:last].copy()
