"""What the service answers over HTTP; fields that a later service adds are ignored."""

from typing import Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

JobState = Literal["queued", "running", "done", "failed", "cancelled"]
_OVER: Final = frozenset({"done", "failed", "cancelled"})


class Answered(BaseModel):
    """Base of all answers: read-only."""

    model_config = ConfigDict(extra="ignore", frozen=True, protected_namespaces=())


class Word(Answered):
    """One word; times in seconds from the start, confidence in [0, 1].

    ``language`` is ``uz``, ``ru``, ``mixed`` (a stem of one with a suffix of the other) or
    ``other``. ``channel`` is there in streams alone, ``speaker`` (from 1) where it was asked for.
    """

    text: str
    start_s: float
    end_s: float
    language: str
    confidence: float = 1.0
    channel: int = 0
    speaker: int | None = None


class SpeakerTalk(Answered):
    """How long a speaker talked: ``share`` of all talk in [0, 1].

    ``interruptions`` is None in a recording of one channel, which does not show them.
    """

    speaker: int
    talk_s: float
    share: float
    turns: int
    words: int
    interruptions: int | None = None


class Switch(Answered):
    """A change of language before word ``index``."""

    index: int
    time_s: float
    from_language: str
    to_language: str


class Loss(Answered):
    """What of a recording could not be decoded."""

    kind: str
    start_s: float
    end_s: float
    silence: bool = False
    detail: str = ""


class Transcript(Answered):
    """The transcript of one recording; ``words`` is None where times were not asked for."""

    text: str
    language_detected: str
    language_confidence: float
    confidence: float
    words: tuple[Word, ...] | None
    switches: tuple[Switch, ...] = ()
    duration_s: float
    processing_ms: float
    model_version: str
    notice: str = ""
    request_id: str = ""
    cached: bool = False
    warnings: tuple[Loss, ...] = ()
    speakers: tuple[SpeakerTalk, ...] = ()


class Problem(Answered):
    """Why a recording of a job has no transcript (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str


class Progress(Answered):
    """Recordings with a result, of all; ``share`` in [0, 1]."""

    done: int
    total: int
    share: float


class RecordingResult(Answered):
    """One recording of a job: ``answer`` or ``problem``, neither before it is over."""

    name: str
    state: JobState
    answer: Transcript | None = None
    problem: Problem | None = None


class Job(Answered):
    """Recordings that are transcribed later; ``results`` are left out of lists."""

    id: str
    state: JobState
    progress: Progress
    created_at: AwareDatetime
    finished_at: AwareDatetime | None = None
    expires_at: AwareDatetime | None = None
    results: tuple[RecordingResult, ...] = ()

    @property
    def is_over(self) -> bool:
        """Whether nothing more happens to it."""
        return self.state in _OVER


class Jobs(Answered):
    """The caller's jobs, the newest first."""

    jobs: tuple[Job, ...]


class CorrectionAnswer(Answered):
    """How far a transcript was off, in canonical spelling; ``wer`` is None without words."""

    request_id: str
    word_errors: int
    words: int
    wer: float | None
    language: str
