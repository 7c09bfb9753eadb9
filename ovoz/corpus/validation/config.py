"""What is checked, how severe a failure is, and the limits."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from ovoz.corpus.manifest import Split
from ovoz.corpus.splits import STRICT, UnseenRules
from ovoz.text.pack import DEFAULT_PACK


class Severity(StrEnum):
    """What a failed check means."""

    CRITICAL = "critical"
    """The corpus cannot be used: the run stops."""
    ERROR = "error"
    """The row is set aside; the rest goes on."""
    WARNING = "warning"
    """The row stays and is reported."""


class CheckName(StrEnum):
    """The checks; each has a default severity."""

    UNIQUE_ID = "unique-id"
    SPEAKER_LEAK = "speaker-leak"
    """A speaker of another split in the training split; the training row is the one at fault."""
    SENTENCE_LEAK = "sentence-leak"
    """A sentence of another split in the training split; the training row is the one at fault."""
    REPEATED_SENTENCE = "repeated-sentence"
    """No more than so many training rows say the same."""
    SCHEMA = "schema"
    """Types, known values, finite numbers, shares within [0, 1]."""
    AUDIO = "audio"
    """The file is there, readable, of the stated hash and length."""
    UNIQUE_AUDIO = "unique-audio"
    TRANSCRIPT = "transcript"
    """The transcript is not empty."""
    ALPHABET = "alphabet"
    """Only symbols of the language pack."""
    LANGUAGE = "language"
    """The language of the row is that of its words."""
    DURATION = "duration"
    PACE = "pace"
    """Characters of text a second of audio."""
    SPEECH = "speech"
    """Not silence: share of frames with speech."""
    VOICE = "voice"
    """Somebody speaks: no noise, tone or music; text enough time for what is said."""
    WHOLE = "whole"
    """No more of the recording is missing than the limit."""
    CUT = "cut"
    """Nothing of the recording is missing."""
    LEVEL = "level"
    CLIPPING = "clipping"
    MIXED_SCRIPT = "mixed-script"
    """No word changes its alphabet more than once, as one with a look-alike letter does."""
    DEV_OVERLAP = "dev-overlap"
    """A speaker or sentence of the dev split in a test split."""
    MEASURES = "measures"
    """The figures in the manifest are those of the audio."""
    NOISE = "noise"
    BANDWIDTH = "bandwidth"


DEFAULT_SEVERITIES: dict[CheckName, Severity] = {
    CheckName.UNIQUE_ID: Severity.CRITICAL,
    CheckName.SPEAKER_LEAK: Severity.CRITICAL,
    CheckName.MIXED_SCRIPT: Severity.WARNING,
    CheckName.DEV_OVERLAP: Severity.WARNING,
    CheckName.MEASURES: Severity.WARNING,
    CheckName.CUT: Severity.WARNING,
    CheckName.NOISE: Severity.WARNING,
    CheckName.BANDWIDTH: Severity.WARNING,
}
"""What is not named here is an error."""


class ValidationConfig(BaseModel):
    """Limits that rows are held to; measures are those of ``ovoz.audio.measures``.

    ``max_lost_share`` is the share of a recording's stated length that may be missing from its
    file. ``max_chars_per_voiced_s`` counts the time in which voice activity detection hears
    speech; it is not checked where ``silero-vad`` is not installed. ``max_quarantined_share`` is
    the share of rows above which the whole corpus is refused, since the fault then lies in how it
    was made. ``max_same_sentence`` training rows may say the same (None: any number).
    ``required_splits`` must hold rows after the faulty ones are set aside.
    ``unseen`` says for each held-out split what training must not have seen of it: its speakers,
    its sentences, or both (where it is not named). ``severities`` changes the severity of single
    checks.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    pack: str = DEFAULT_PACK
    min_duration_s: float = Field(default=0.4, gt=0)
    max_duration_s: float = Field(default=30.0, gt=0)
    min_chars_per_s: float = Field(default=3.0, ge=0)
    max_chars_per_s: float = Field(default=30.0, gt=0)
    max_chars_per_voiced_s: float = Field(default=40.0, gt=0)
    max_lost_share: float = Field(default=0.05, ge=0, le=1)
    max_clipped_ratio: float = Field(default=0.01, ge=0, le=1)
    min_speech_ratio: float = Field(default=0.2, ge=0, le=1)
    min_rms_dbfs: float = Field(default=-50.0, le=0)
    min_snr_db: float = 5.0
    min_bandwidth_hz: float = Field(default=3000.0, ge=0)
    max_same_sentence: int | None = Field(default=None, ge=1)
    max_quarantined_share: float = Field(default=0.2, ge=0, le=1)
    required_splits: tuple[Split, ...] = (Split.TRAIN, Split.DEV, Split.TEST)
    unseen: UnseenRules = Field(default_factory=lambda: dict(STRICT))
    severities: dict[CheckName, Severity] = Field(default_factory=dict)

    def severity(self, check: CheckName) -> Severity:
        """How severe a failure of ``check`` is."""
        return self.severities.get(check, DEFAULT_SEVERITIES.get(check, Severity.ERROR))
