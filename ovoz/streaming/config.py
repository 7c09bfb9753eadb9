"""Settings of streaming recognition: when a segment ends, how often it is read, what is shown."""

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ovoz.audio.signal import Seconds


class StreamingConfig(BaseModel):
    """Times of endpointing and of partial transcripts, in seconds of audio unless stated otherwise.

    Raises:
        ValueError: The times contradict each other.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    threshold: float = Field(default=0.5, gt=0, lt=1)
    """Speech probability from which a frame starts a segment."""
    release: float = Field(default=0.35, gt=0, lt=1)
    """Speech probability under which a frame of a segment is silent."""
    onset_s: Seconds = Field(default=0.06, gt=0)
    """Speech of this length starts a segment; clicks are shorter."""
    preroll_s: Seconds = Field(default=0.3, ge=0)
    """Audio before the onset that belongs to a segment: quiet first sounds."""
    endpoint_s: Seconds = Field(default=0.35, gt=0)
    """Silence of this length ends a segment."""
    blank_endpoint_s: Seconds = Field(default=1.2, gt=0)
    """So long without a letter after a word ends a segment, even if it is not silent."""
    wordless_s: Seconds = Field(default=5.0, gt=0)
    """A segment in which no word is heard ends after this."""
    idle_s: Seconds = Field(default=0.8, gt=0)
    """Seconds by the clock: without audio for so long a segment ends that fell silent. Clients stop
    sending."""
    stalled_s: Seconds = Field(default=2.5, gt=0)
    """Seconds by the clock for a segment that did not: the line may have stalled in a word."""
    split_s: Seconds = Field(default=20.0, gt=1)
    """A segment of this length is split at the widest pause between words that do not change."""
    longest_s: Seconds = Field(default=28.0, gt=1)
    """A segment of this length is split where it is quietest."""
    first_partial_s: Seconds = Field(default=0.16, gt=0)
    """Speech before the first partial transcript of a segment."""
    partial_every_s: Seconds = Field(default=0.32, gt=0)
    """Audio between two partial transcripts."""
    window_s: Seconds = Field(default=6.0, gt=0)
    """A longer window of partial transcripts is trimmed behind words that do not change."""
    context_s: Seconds = Field(default=1.5, ge=0)
    """Least audio of such words that stays in the window."""
    hold_s: Seconds = Field(default=0.2, ge=0)
    """Words that end so close to the end of the audio may still change: the encoder looks ahead."""
    settle_s: Seconds = Field(default=0.4, ge=0)
    """So long after its end the last word of a window may count as settled."""

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if self.split_s >= self.longest_s:
            raise ValueError("split_s must be under longest_s: the split looks for a pause first")
        if self.release > self.threshold:
            raise ValueError("release must not be over threshold: a segment would end as it starts")
        return self
