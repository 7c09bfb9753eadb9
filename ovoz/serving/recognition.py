"""The transcript of one recording, and what it took."""

from dataclasses import dataclass

from ovoz.audio.losses import Loss
from ovoz.audio.measures import Measures
from ovoz.audio.signal import Seconds
from ovoz.engine.transcript import Transcript


@dataclass(frozen=True, slots=True)
class Recognition:
    """What came of one recording.

    ``engine_ms`` is the part of ``processing_ms`` that the network and the decoding took;
    ``measures`` are there when the traffic log wants them; ``losses`` are what of the recording
    could not be decoded.
    """

    transcript: Transcript
    duration_s: Seconds
    processing_ms: float
    notice: str
    request_id: str
    engine_ms: float = 0.0
    cached: bool = False
    measures: Measures | None = None
    losses: tuple[Loss, ...] = ()
