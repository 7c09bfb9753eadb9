"""What a track asks of voice activity detection."""

from typing import Protocol

import numpy as np
import numpy.typing as npt

from ovoz.audio.signal import Samples


class SpeechActivity(Protocol):
    """Probabilities of speech; :class:`ovoz.audio.vad.SpeechProbabilities` is one."""

    def feed(self, samples: Samples) -> npt.NDArray[np.float32]:
        """Probabilities of the 32 ms frames that ``samples`` [T] complete."""
        ...

    def reset(self) -> None:
        """Forget what was heard."""
        ...
