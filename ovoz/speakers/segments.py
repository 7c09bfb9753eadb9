"""What diarization finds: who speaks from when to when."""

from dataclasses import dataclass

from ovoz.audio.signal import Seconds


@dataclass(frozen=True, slots=True)
class SpeakerSegment:
    """Speech of one speaker; ``speaker`` counts from 1 in the order in which they first speak."""

    speaker: int
    start_s: Seconds
    end_s: Seconds
