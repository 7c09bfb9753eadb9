"""A streaming session: tracks of one conversation, on one time axis.

It holds no model and waits for nobody: it is given audio, says what should be recognised, and is
given the transcripts. Whoever drives it decides where and when that happens.
"""

from collections.abc import Callable, Sequence

from ovoz.audio.signal import SAMPLE_RATE, Samples, Seconds
from ovoz.audio.vad import SpeechProbabilities
from ovoz.engine.transcript import Transcript
from ovoz.streaming.activity import SpeechActivity
from ovoz.streaming.config import StreamingConfig
from ovoz.streaming.events import CloseReason, Event, Flushed, WindowRequest
from ovoz.streaming.track import Track


class StreamingSession:
    """Recognises one or more channels as they are spoken.

    Args:
        config: Times of endpointing and partial transcripts.
        channels: Channels, each a track of its own.
        start: Sample at which the session begins, when it goes on from an earlier one.
        first_segments: Numbers of the first segment of each track; all 0 by default.
        detector: Makes what finds speech in a track; Silero's network by default.
    """

    def __init__(
        self,
        config: StreamingConfig | None = None,
        *,
        channels: int = 1,
        start: int = 0,
        first_segments: Sequence[int] = (),
        detector: Callable[[], SpeechActivity] = SpeechProbabilities,
    ) -> None:
        self.config = config or StreamingConfig()
        numbers = first_segments or [0] * channels
        self._tracks = [
            Track(index, self.config, detector(), start=start, first_segment=number)
            for index, number in enumerate(numbers)
        ]
        self._flushing = False

    @property
    def channels(self) -> int:
        """Number of tracks."""
        return len(self._tracks)

    @property
    def position(self) -> int:
        """Samples received of each channel, from the start of the session."""
        return self._tracks[0].position

    @property
    def settled(self) -> int:
        """The sample before which everything is answered for good."""
        return min(track.settled for track in self._tracks)

    @property
    def next_segments(self) -> list[int]:
        """Numbers of the next segment of each track."""
        return [track.next_segment for track in self._tracks]

    @property
    def waiting_s(self) -> Seconds:
        """Audio of finished segments that wait for their final transcript."""
        return sum(track.waiting for track in self._tracks) / SAMPLE_RATE

    @property
    def lag_s(self) -> Seconds:
        """Speech received that nothing recognised covers yet, of the slowest track."""
        return max(track.unread for track in self._tracks) / SAMPLE_RATE

    def feed(self, channels: Sequence[Samples]) -> list[Event]:
        """Take the audio that follows: one signal of equal length per channel."""
        events: list[Event] = []
        for track, samples in zip(self._tracks, channels, strict=True):
            events += track.feed(samples)
        return events

    def finalize(self) -> list[Event]:
        """End all segments with what was received; :class:`Flushed` follows their transcripts."""
        self._flushing = True
        events: list[Event] = []
        for track in self._tracks:
            events += track.finalize(CloseReason.FINALIZE)
        return events + self._flushed()

    def tick(self, idle_s: Seconds) -> list[Event]:
        """Tell that no audio came for ``idle_s`` seconds by the clock."""
        events: list[Event] = []
        for track in self._tracks:
            limit_s = self.config.stalled_s if track.is_speaking else self.config.idle_s
            if idle_s >= limit_s:
                events += track.finalize(CloseReason.CLOCK)
        return events

    def next_request(self, *, drafts: bool = True) -> WindowRequest | None:
        """What should be recognised now; None while there is nothing, or it is being recognised.

        Without ``drafts`` only final transcripts are asked for.
        """
        requests = (track.next_request(drafts=drafts) for track in self._tracks)
        return next((request for request in requests if request is not None), None)

    def skip_drafts(self) -> int:
        """Leave out the partial transcripts that are due; how many were."""
        return sum(track.skip_draft() for track in self._tracks)

    def accept(self, request: WindowRequest, transcript: Transcript) -> list[Event]:
        """Take the transcript of a request, with times from the start of its audio."""
        return self._tracks[request.track].accept(request, transcript) + self._flushed()

    def give_up(self, request: WindowRequest) -> None:
        """A request could not be answered: a final one is asked for again, a draft is left out."""
        self._tracks[request.track].give_up(request)

    def _flushed(self) -> list[Event]:
        if not self._flushing or any(track.is_waiting for track in self._tracks):
            return []
        self._flushing = False
        return [Flushed(self.position / SAMPLE_RATE)]
