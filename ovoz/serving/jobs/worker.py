"""One recording after the other: claimed, recognised, written down."""

import asyncio
import logging
import socket
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final

from sqlalchemy.exc import SQLAlchemyError
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    sleep_using_event,
    stop_after_delay,
    stop_when_event_set,
    wait_exponential,
)

from ovoz.monitoring.traffic import Way
from ovoz.serving.feedback.transcripts import Remembered, Transcripts
from ovoz.serving.inference.answer import Answer
from ovoz.serving.inference.diarization import Diarization
from ovoz.serving.inference.model import Model
from ovoz.serving.inference.queue import OverloadedError
from ovoz.serving.inference.remote_model import ModelAwayError
from ovoz.serving.jobs.claims import Claim, Claims, Outcome
from ovoz.serving.jobs.recording import Limits, StoppedError, recognise_recording
from ovoz.serving.jobs.spool import Spool
from ovoz.serving.problems import ProblemError, problem_of
from ovoz.serving.recognition import Recognition
from ovoz.serving.supervision import is_cancelled
from ovoz.serving.telemetry import metrics
from ovoz.serving.telemetry.traffic_log import TrafficLog

_LOG: Final = logging.getLogger(__name__)
_BEATS: Final = 6
"""Signs of life in the time that one of them counts for."""
_MISSES: Final = 3
_PATIENCE_S: Final = 900.0
_RETRY_S: Final = 10.0


class MissingError(Exception):
    """The audio of a recording is not where it should be."""


class Worker:
    """Works on recordings that it is given the ids of.

    Args:
        claims: the database.
        spool: where the recordings lie.
        model: the model, asked for anew for each recording; None while there is none.
        limits: how long a recording may be.
        lease_s: for how long a sign of life counts.
        threads: recordings worked on side by side.
        transcripts: the memory for feedback; None keeps none.
        traffic: where features of the segments go; None keeps none.
        diarization: gives words their speakers where a job asks for it.
    """

    def __init__(
        self,
        claims: Claims,
        spool: Spool,
        model: Callable[[], Model | None],
        limits: Limits,
        *,
        lease_s: float,
        threads: int,
        transcripts: Transcripts | None = None,
        traffic: TrafficLog | None = None,
        diarization: Diarization | None = None,
    ) -> None:
        self._claims = claims
        self._spool = spool
        self._model = model
        self._limits = limits
        self._transcripts = transcripts
        self._diarization = diarization
        self._traffic = traffic
        self._beat_s = lease_s / _BEATS
        # Threads of its own: those of the requests must not wait for hours of audio.
        self._threads = ThreadPoolExecutor(max(1, threads), thread_name_prefix="ovoz-jobs")
        self._closing = threading.Event()

    async def work(self, recording_id: str) -> None:
        """Do what there is to do about a recording; nothing, when somebody else does it."""
        if self._closing.is_set():
            return
        claim = await self._claims.call(self._claims.claim, recording_id)
        if claim is None:
            return
        lost = threading.Event()
        beating = asyncio.create_task(self._beat(claim, lost))
        try:
            outcome, answered = await asyncio.get_running_loop().run_in_executor(
                self._threads, self._recognise, claim, lost
            )
            if answered is not None and self._transcripts is not None:
                await self._transcripts.remember(claim.caller, _request_id(claim), answered)
            await self._claims.call(self._finish_patiently, claim, outcome)
        except MissingError:
            await self._claims.call(self._miss, claim)
        except StoppedError:
            if not lost.is_set():
                await self._claims.call(self._claims.give_back, claim)
        finally:
            beating.cancel()

    def finish(self, claim: Claim, outcome: Outcome) -> None:
        """Write the result, if that is still ours to do; then nobody needs the recording."""
        if self._claims.finish(claim, outcome):
            told = "problem" if outcome.answer is None else "answer"
            metrics.JOB_RESULTS.labels(told).inc()
            self._spool.remove(claim.job_id, claim.position)

    def _miss(self, claim: Claim) -> None:
        """Let others look for the audio; the recording is lost when that is of no use any more."""
        _LOG.error("recording %d of job %s is not in the folder", claim.position, claim.job_id)
        if self._claims.miss(claim, socket.gethostname(), tries=_MISSES):
            told = "its audio is not in the folder of jobs any more"
            problem = ProblemError(500, "recording-lost", told).problem.model_dump_json()
            self._finish_patiently(claim, Outcome(problem=problem))

    def _finish_patiently(self, claim: Claim, outcome: Outcome) -> None:
        """The same, for as long as it takes the database to come back: hours went into it."""
        again = Retrying(
            retry=retry_if_exception_type(SQLAlchemyError),
            wait=wait_exponential(multiplier=0.5, max=_RETRY_S),
            stop=stop_after_delay(_PATIENCE_S) | stop_when_event_set(self._closing),
            sleep=sleep_using_event(self._closing),
            before_sleep=_log_retry,
            reraise=True,
        )
        again(self.finish, claim, outcome)

    def close(self) -> None:
        """Stop between the pieces of what is worked on; it is given back."""
        self._closing.set()

    async def _beat(self, claim: Claim, lost: threading.Event) -> None:
        """Tell that we live, until the claim does not hold any more."""
        while not lost.is_set():
            await asyncio.sleep(self._beat_s)
            try:
                if not await self._claims.call(self._claims.beat, claim):
                    lost.set()
            except (Exception, asyncio.CancelledError) as error:
                if is_cancelled():
                    raise
                # The lease may outlive this; if it does not, the result will be refused.
                _LOG.warning("a sign of life was not written: %s", type(error).__name__)

    def _note(self, claim: Claim) -> Callable[[Recognition], None] | None:
        """Takes the segments of a recording for the traffic log."""
        if self._traffic is None:
            return None
        return partial(self._traffic.add, way=Way.JOB, caller=claim.caller)

    def _recognise(self, claim: Claim, lost: threading.Event) -> tuple[Outcome, Remembered | None]:
        """What came of the recording; runs in a thread of its own for as long as it takes."""

        def stopped() -> bool:
            return lost.is_set() or self._closing.is_set()

        model = self._model()
        if model is None:
            raise StoppedError
        path = self._spool.path(claim.job_id, claim.position)
        try:
            recognition = recognise_recording(
                model,
                path,
                claim.options,
                self._limits,
                stopped,
                request_id=_request_id(claim),
                note=self._note(claim),
                diarization=self._diarization,
            )
        except StoppedError:
            raise
        except (ModelAwayError, OverloadedError) as error:
            _LOG.warning("the model does not answer: %s", type(error).__name__)
            raise StoppedError from error  # given back, and tried again with the next sweep
        except Exception as error:
            if stopped():
                raise StoppedError from None  # a cancelled job's recording is gone
            if not path.exists():
                raise MissingError from error
            return Outcome(problem=_problem_json(error, claim)), None
        language = recognition.transcript.language.value
        metrics.AUDIO_SECONDS.labels(language).inc(recognition.duration_s)
        answered = Remembered.of(recognition, model.info.description.pack, Way.JOB)
        answer = Answer.of(recognition, timestamps=claim.timestamps)
        return Outcome(answer=answer.model_dump_json()), answered


def _request_id(claim: Claim) -> str:
    """The name of a recording of a job, by which it can be corrected."""
    return f"{claim.job_id}-{claim.position}"


def _problem_json(error: Exception, claim: Claim) -> str:
    """What the caller is told of a recording that could not be transcribed."""
    told = problem_of(error)
    if told.kind == "internal-fault":
        # Where it failed, not what it said: the message may quote the transcript.
        where = "".join(traceback.format_tb(error.__traceback__))
        what = f"{type(error).__name__} in recording {claim.position} of job {claim.job_id}"
        _LOG.error("%s\n%s", what, where)
        told = ProblemError(500, told.kind, "the service failed on this recording; it was logged")
    return told.problem.model_dump_json()


def _log_retry(state: RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    _LOG.warning("a result is not written yet: %s", type(error).__name__)
