"""One channel of a session: voice activity, segments, partial and final transcripts."""

from collections import deque
from typing import Final

from ovoz.audio.signal import SAMPLE_RATE, Samples, Seconds
from ovoz.audio.vad import FRAME
from ovoz.engine.recording import shift_transcript
from ovoz.engine.transcript import Transcript
from ovoz.streaming.activity import SpeechActivity
from ovoz.streaming.agreement import Agreement
from ovoz.streaming.audio_buffer import AudioBuffer
from ovoz.streaming.config import StreamingConfig
from ovoz.streaming.events import (
    CloseReason,
    Event,
    SpeechStarted,
    WindowRequest,
)
from ovoz.streaming.quietest import find_quietest
from ovoz.streaming.segment import ClosedSegment, OpenSegment

_FALLEN_SILENT: Final = SAMPLE_RATE // 10


class Track:
    """Turns the audio of one channel into requests to the recogniser and its answers into events.

    Args:
        index: Its number in the session.
        config: Times of endpointing and partial transcripts.
        activity: Finds speech in the channel.
        start: Sample of the session at which it begins.
        first_segment: Number of the first segment.
    """

    def __init__(
        self,
        index: int,
        config: StreamingConfig,
        activity: SpeechActivity,
        *,
        start: int = 0,
        first_segment: int = 0,
    ) -> None:
        self._index = index
        self._config = config
        self._activity = activity
        self._audio = AudioBuffer(start)
        self._judged = start  # the end of the last frame with a probability
        self._floor = start  # nothing before it is read again
        self._spoken_frames = 0
        self._segment: OpenSegment | None = None
        self._closed: deque[ClosedSegment] = deque()
        self._draft: WindowRequest | None = None
        self._final: WindowRequest | None = None
        self.next_segment = first_segment

    @property
    def position(self) -> int:
        """Samples received, counted from the start of the session."""
        return self._audio.end

    @property
    def settled(self) -> int:
        """The sample before which everything is answered for good."""
        return self._closed[0].start if self._closed else self._needed_from

    @property
    def _needed_from(self) -> int:
        """The first sample that a segment may still begin with."""
        if self._segment is not None:
            return self._segment.start
        begun = self._spoken_frames * FRAME + self._samples(self._config.preroll_s)
        return max(self._floor, self._judged - begun)

    @property
    def is_speaking(self) -> bool:
        """Whether the audio received ends in the middle of speech."""
        open_ = self._segment
        return open_ is not None and self.position - open_.voiced_to < _FALLEN_SILENT

    @property
    def is_waiting(self) -> bool:
        """Whether a finished segment waits for its final transcript."""
        return bool(self._closed)

    @property
    def waiting(self) -> int:
        """Samples of finished segments that wait for their final transcript."""
        return sum(len(one.samples) for one in self._closed)

    @property
    def unread(self) -> int:
        """Samples of speech that no window has covered yet."""
        open_ = self._segment
        return self.waiting + (max(0, open_.voiced_to - open_.drafted_to) if open_ else 0)

    def feed(self, samples: Samples) -> list[Event]:
        """Take the audio that follows, float32 [T] at 16 kHz in [-1, 1]."""
        self._audio.append(samples)
        events: list[Event] = []
        for probability in self._activity.feed(samples):
            self._judged += FRAME
            if self._segment is None:
                events += self._look_for_onset(probability >= self._config.threshold)
            else:
                self._follow(self._segment, probability >= self._config.release)
        self._audio.drop_before(self._needed_from)
        return events

    def finalize(self, reason: CloseReason) -> list[Event]:
        """End the open segment with all audio received; speech just beginning counts."""
        events: list[Event] = []
        if self._segment is None and self._spoken_frames:
            events += self._open(self._judged - self._spoken_frames * FRAME)
        if self._segment is not None:
            self._close(self._segment, self.position, reason)
        if reason is CloseReason.CLOCK:
            self._activity.reset()
            self._judged = self.position
        self._spoken_frames = 0
        return events

    def next_request(self, *, drafts: bool = True) -> WindowRequest | None:
        """What should be recognised now; final transcripts first, each kind one at a time."""
        if self._closed and self._final is None:
            head = self._closed[0]
            self._final = self._request(head.number, head.start, head.samples, is_final=True)
            return self._final
        open_ = self._segment
        if drafts and self._draft is None and open_ is not None and self._is_draft_due(open_):
            open_.drafted_to = self.position
            audio = self._audio.copy(open_.window_start, self.position)
            self._draft = self._request(open_.number, open_.window_start, audio, is_final=False)
            return self._draft
        return None

    def skip_draft(self) -> bool:
        """Leave out the partial transcript that is due; whether one was."""
        open_ = self._segment
        if open_ is None or self._draft is not None or not self._is_draft_due(open_):
            return False
        open_.drafted_to = self.position
        return True

    def accept(self, request: WindowRequest, transcript: Transcript) -> list[Event]:
        """Take the transcript of a request, with times from the start of its audio."""
        placed = shift_transcript(transcript, request.start_s)
        if request is self._final:
            self._final = None
            return self._closed.popleft().answered(self._index, placed) + self._announce()
        if request is not self._draft:
            return []
        self._draft = None
        if self._segment is None or self._segment.number != request.segment:
            return []  # it was finished meanwhile
        return self._accept_draft(self._segment, request, placed)

    def give_up(self, request: WindowRequest) -> None:
        """A request could not be answered: a final one is asked for again, a draft is left out."""
        if request is self._final:
            self._final = None
        elif request is self._draft:
            self._draft = None

    def _look_for_onset(self, spoken: bool) -> list[Event]:
        self._spoken_frames = self._spoken_frames + 1 if spoken else 0
        if self._spoken_frames * FRAME < self._samples(self._config.onset_s):
            return []
        return self._open(self._judged - self._spoken_frames * FRAME)

    def _open(self, onset: int) -> list[Event]:
        start = max(self._floor, onset - self._samples(self._config.preroll_s))
        self._begin(start, onset).speech_at = onset
        return self._announce()

    def _announce(self) -> list[Event]:
        """Report the open segment once those before it are answered."""
        open_ = self._segment
        if self._closed or open_ is None or open_.is_announced or open_.speech_at is None:
            return []
        open_.is_announced = True
        return [SpeechStarted(self._index, _seconds(open_.speech_at))]

    def _begin(self, start: int, onset: int, agreement: Agreement | None = None) -> OpenSegment:
        config = self._config
        self._segment = OpenSegment(
            number=self.next_segment,
            start=start,
            onset=onset,
            voiced_to=max(onset, self._judged),
            agreement=agreement or Agreement(config.hold_s, config.settle_s),
        )
        self.next_segment += 1
        self._spoken_frames = 0
        return self._segment

    def _follow(self, open_: OpenSegment, spoken: bool) -> None:
        """One more frame of an open segment."""
        config = self._config
        if spoken:
            open_.voiced_to = self._judged
        silent = self._judged - open_.sounded_to
        if silent >= self._samples(config.endpoint_s):
            # Half of the pause stays for the onset of what follows.
            self._close(open_, open_.sounded_to + silent // 2, CloseReason.SILENCE)
        elif self._judged - open_.start >= self._samples(config.split_s):
            self._split(open_)

    def _split(self, open_: OpenSegment) -> None:
        """Cut a long segment between two stable words; without one, where it is quietest."""
        length = self._judged - open_.start
        pause_s = open_.agreement.find_widest_pause(_seconds(open_.start + length // 2))
        if pause_s is not None:
            place = round(pause_s * SAMPLE_RATE)
        elif length >= self._samples(self._config.longest_s):
            half = open_.start + length // 2
            place = half + find_quietest(self._audio.copy(half, self._judged))
        else:
            return
        before, after = open_.agreement.split(_seconds(place))
        open_.agreement = before
        self._close(open_, place, CloseReason.LENGTH)
        rest = self._begin(place, place, after)
        rest.voiced_to = open_.voiced_to
        rest.speech_at, rest.is_announced = open_.speech_at, open_.speech_at is not None

    def _close(self, open_: OpenSegment, end: int, reason: CloseReason) -> None:
        end = min(max(end, open_.start), self.position)
        self._closed.append(open_.closed(self._audio.copy(open_.start, end), reason))
        self._floor = end
        self._segment = None
        self._spoken_frames = 0

    def _is_draft_due(self, open_: OpenSegment) -> bool:
        if self._closed:
            return False  # the words of one segment come before those of the next
        every_s = self._config.partial_every_s if open_.has_words else self._config.first_partial_s
        new_voice = open_.voiced_to > open_.drafted_to - self._samples(self._config.hold_s)
        return new_voice and self.position - open_.drafted_to >= self._samples(every_s)

    def _accept_draft(
        self, open_: OpenSegment, request: WindowRequest, placed: Transcript
    ) -> list[Event]:
        end_s = _seconds(request.end)
        agreement = open_.agreement
        agreement.update(placed.words, end_s)
        words = tuple(agreement.shown)
        if placed.words:
            open_.heard_to = min(round(placed.words[-1].end_s * SAMPLE_RATE), self._judged)
        open_.has_words = open_.has_words or bool(words)
        self._trim(open_)
        events: list[Event] = []
        if words:
            if open_.speech_at is None:
                open_.speech_at = round(words[0].start_s * SAMPLE_RATE)
            events += self._announce()
            events.append(open_.partial(self._index, end_s))
        self._end_without_words(open_, request.end)
        return events

    def _trim(self, open_: OpenSegment) -> None:
        if self.position - open_.window_start < self._samples(self._config.window_s):
            return
        pause_s = open_.agreement.find_trim(self._config.context_s)
        if pause_s is not None:
            open_.window_start = max(open_.window_start, round(pause_s * SAMPLE_RATE))

    def _end_without_words(self, open_: OpenSegment, read_to: int) -> None:
        """End a segment whose sound has had no letter for long, though it is not silent."""
        silent = read_to - max(open_.heard_to, open_.onset)
        limit_s = self._config.blank_endpoint_s if open_.has_words else self._config.wordless_s
        if silent < self._samples(limit_s):
            return
        end = open_.heard_to + silent // 2 if open_.has_words else read_to
        open_.voiced_to = min(open_.voiced_to, open_.heard_to)
        self._close(open_, end, CloseReason.BLANK)
        # Nothing between is left out: words may follow at once.
        self._begin(end, end)

    def _request(
        self, segment: int, start: int, samples: Samples, *, is_final: bool
    ) -> WindowRequest:
        return WindowRequest(self._index, segment, start, samples, is_final)

    @staticmethod
    def _samples(seconds: Seconds) -> int:
        return round(seconds * SAMPLE_RATE)


def _seconds(position: int) -> Seconds:
    return position / SAMPLE_RATE
