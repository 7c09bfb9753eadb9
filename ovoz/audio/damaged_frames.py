"""Frames of a damaged recording: what cannot be decoded is silence of the same length.

FFmpeg's command line goes on after a damaged packet too. Its library leaves that, and the clock of
the container, to the caller.
"""

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import av
import numpy as np

from ovoz.audio.containers import (
    DECODING_ERRORS,
    audio_stream_of,
    is_sensible,
    mean,
    mix_down,
    shape_of,
)
from ovoz.audio.losses import Losses, LossKind
from ovoz.audio.signal import Samples, Seconds

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.packet import Packet

_JITTER_S: Final = 0.06
"""Clocks in milliseconds and the delays of encoders let frames lie this far from their time."""
_ROUNDING_S: Final = 0.005
"""The same behind a packet that was lost."""
_READING_ERRORS: Final = 16
"""A demuxer that fails as often one after the other has come to its end."""
_PAUSING: Final = {"matroska,webm", "flv", "mpegts", "mov,mp4,m4a,3gp,3g2,mj2"}
"""Formats whose writers leave out silence (DTX, a paused recorder), so that a gap is no damage."""


def decode_damaged_frames(
    container: av.container.InputContainer, losses: Losses
) -> Iterator[tuple[Samples, int]]:
    """Mono pieces of the first audio stream with their sample rate, which may change.

    Word times of a transcript follow the container's clock: where it goes on without sound, there
    is silence. Nothing that was decoded is left out.
    """
    clock = _Clock(container, losses)
    for packet in _packets(container, clock):
        try:
            frames = packet.decode()
        except DECODING_ERRORS:
            clock.damaged = True
            continue
        for frame in frames:
            rate, channels = shape_of(frame)
            if not is_sensible(rate, channels):
                clock.damaged = True
            elif frame.samples:
                yield from clock.catch_up(frame, rate)
                yield clock.passed(mix_down(frame, channels, mean), rate), rate
    clock.finish()


def _packets(
    container: av.container.InputContainer, clock: "_Clock"
) -> Iterator["Packet[AudioStream]"]:
    """Packets to the end of the file; reading goes on behind an error."""
    failed = 0
    while failed < _READING_ERRORS:
        try:
            for packet in container.demux(audio_stream_of(container)):
                failed = 0
                yield packet
        except av.EOFError:
            return
        except DECODING_ERRORS:
            failed += 1
            clock.damaged = True
        else:
            return


class _Clock:
    """Where in the recording we are, by the container and by what was decoded."""

    def __init__(self, container: av.container.InputContainer, losses: Losses) -> None:
        stream = audio_stream_of(container)
        self.damaged = False
        """Whether something failed since the last frame."""
        self._losses = losses
        self._pauses = container.format.name in _PAUSING
        start, unit = stream.start_time, stream.time_base
        self._start_s = None if start is None or unit is None else float(start * unit)
        stated_s = (container.duration or 0) / av.time_base
        self._ends_s = stated_s + _JITTER_S if stated_s > 0 else math.inf
        self._position_s: Seconds = 0.0
        self._rate = 0

    def catch_up(self, frame: av.AudioFrame, rate: int) -> Iterator[tuple[Samples, int]]:
        """Silence up to the time of a frame, when that is behind us."""
        gap_s = self._gap_before(frame)
        if gap_s > (_ROUNDING_S if self.damaged else _JITTER_S):
            kind = LossKind.DAMAGED if self.damaged else LossKind.MISSING
            counts = self.damaged or not self._pauses
            self._losses.add(kind, self._position_s, gap_s, counts=counts)
            self._position_s += gap_s
            for start in range(0, round(gap_s * rate), rate):
                yield np.zeros(min(rate, round(gap_s * rate) - start), np.float32), rate
        elif self.damaged:
            self._losses.add(LossKind.DAMAGED, self._position_s, 0.0)
        self.damaged = False

    def passed(self, samples: Samples, rate: int) -> Samples:
        """Count decoded samples."""
        self._position_s += len(samples) / rate
        return samples

    def finish(self) -> None:
        """Report what failed after the last frame."""
        if self.damaged:
            self._losses.add(LossKind.DAMAGED, self._position_s, 0.0)

    def _gap_before(self, frame: av.AudioFrame) -> Seconds:
        """How much of the container's time is missing before a frame.

        A damaged clock may name any time: none behind the end that the file states is believed.
        """
        # Of streams without times, FFmpeg counts frames at the rate that it saw first.
        rate = int(frame.sample_rate or 0)
        self._rate = self._rate or rate
        if frame.time is None or rate != self._rate:
            return 0.0
        if self._start_s is None:
            self._start_s = frame.time
        gap_s = frame.time - self._start_s - self._position_s
        return gap_s if self._position_s + gap_s <= self._ends_s else 0.0
