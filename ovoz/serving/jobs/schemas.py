"""What the routes of jobs answer."""

from datetime import UTC, datetime
from typing import Self

from pydantic import AwareDatetime, BaseModel

from ovoz.serving.inference.answer import Answer, WrittenAnswer
from ovoz.serving.jobs.tables import JobRow, RecordingRow, State, WebhookState
from ovoz.serving.problems import Problem
from ovoz.text.written.writing import SPOKEN, Writing


class Progress(BaseModel):
    """Recordings with a result, of all; ``share`` is their part, in [0, 1]."""

    done: int
    total: int
    share: float


class Webhook(BaseModel):
    """Whether the caller was told; ``outcome`` is what came of the last try."""

    url: str
    state: WebhookState | None
    attempts: int
    outcome: str | None


class RecordingResult(BaseModel):
    """What came of one recording: ``answer`` or ``problem``, neither before it is over."""

    name: str
    state: State
    answer: Answer | WrittenAnswer | None = None
    problem: Problem | None = None

    @classmethod
    def of(cls, recording: RecordingRow, writing: Writing = SPOKEN) -> Self:
        """The result of a recording, as far as there is one.

        Raises:
            WritingError: It has no such written form.
        """
        kept = recording.result
        answer = Answer.model_validate_json(kept.answer) if kept and kept.answer else None
        if answer is not None and not writing.changes_nothing:
            answer = WrittenAnswer.of_kept(answer, writing)
        told = Problem.model_validate_json(kept.problem) if kept and kept.problem else None
        return cls(name=recording.name, state=recording.state, answer=answer, problem=told)


class JobSummary(BaseModel):
    """How far a job is; its results are deleted at ``expires_at``."""

    id: str
    state: State
    progress: Progress
    created_at: AwareDatetime
    finished_at: AwareDatetime | None
    expires_at: AwareDatetime | None
    webhook: Webhook | None = None

    @classmethod
    def of(cls, job: JobRow) -> Self:
        """The state of a job."""
        return cls.model_validate(_told(job))


class JobAnswer(JobSummary):
    """The same with one result a recording, in the order in which they were sent."""

    results: list[RecordingResult]

    @classmethod
    def of(cls, job: JobRow, writing: Writing = SPOKEN) -> Self:
        """The state of a job that was read with its recordings.

        Raises:
            WritingError: An answer has no such written form.
        """
        results = [RecordingResult.of(recording, writing) for recording in job.recordings]
        return cls.model_validate({**_told(job), "results": results})


class JobList(BaseModel):
    """The caller's jobs, the newest first."""

    jobs: list[JobSummary]


def _told(job: JobRow) -> dict[str, object]:
    webhook = None
    if job.webhook_url is not None:
        webhook = Webhook(
            url=job.webhook_url,
            state=job.webhook_state,
            attempts=job.webhook_attempts,
            outcome=job.webhook_outcome,
        )
    done, total = job.recordings_done, job.recordings_total
    return {
        "id": job.id,
        "state": job.state,
        "progress": Progress(done=done, total=total, share=round(done / total, 4)),
        "created_at": _moment(job.created_at),
        "finished_at": _moment(job.finished_at),
        "expires_at": _moment(job.expires_at),
        "webhook": webhook,
    }


def _moment(unix_s: float | None) -> datetime | None:
    return None if unix_s is None else datetime.fromtimestamp(unix_s, UTC)
