"""Recordings among workers: each result written once, whatever dies, on both databases."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import func, insert, select, update

from ovoz.serving.inference.options import LanguageHint, RecognitionOptions
from ovoz.serving.job_settings import JobsSettings
from ovoz.serving.jobs.announcements import Announcements
from ovoz.serving.jobs.claims import Claim, Claims, Outcome
from ovoz.serving.jobs.database import Database, open_database
from ovoz.serving.jobs.store import Cancellation, JobRequest, JobStore, KeyReusedError, Upload
from ovoz.serving.jobs.tables import JobRow, RecordingRow, ResultRow, State

ANSWER = Outcome(answer="{}")
ASKED = RecognitionOptions(LanguageHint.UZBEK, ("kredit",))


def job_request(key: str | None = None) -> JobRequest:
    return JobRequest("anna", ASKED, timestamps=True, idempotency_key=key)


def a_job(database: Database, recordings: int) -> str:
    job_id = uuid.uuid4().hex
    uploads = [Upload(str(place), 10) for place in range(recordings)]
    JobStore(database, keep_s=60).create(job_id, job_request(), "f", uploads)
    return job_id


def claims_of(database: Database) -> Claims:
    return Claims(database, lease_s=60, keep_s=60)


def time_passes(database: Database) -> None:
    """Every lease runs out."""
    with database.writing() as session:
        session.execute(
            update(RecordingRow).where(RecordingRow.lease.is_not(None)).values(lease_until=0.0)
        )


def test_one_of_many_gets_a_recording(database: Database) -> None:
    a_job(database, 1)
    claims = claims_of(database)
    (waiting,) = Announcements(database).unannounced(again_s=0)
    with ThreadPoolExecutor(8) as pool:
        got = [claim for claim in pool.map(claims.claim, [waiting] * 16) if claim]
    assert len(got) == 1
    assert (got[0].options, got[0].timestamps) == (ASKED, True)


def test_last_recordings_finish_the_job_side_by_side(database: Database) -> None:
    job_id = a_job(database, 8)
    claims = claims_of(database)
    got = [claims.claim(one) for one in Announcements(database).unannounced(again_s=0)]
    together = threading.Barrier(8)

    def finish(claim: Claim) -> bool:
        together.wait(10)
        return claims.finish(claim, ANSWER)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(finish, got))
    job = JobStore(database, keep_s=60).read("anna", job_id)
    assert (job.state, job.recordings_done, job.recordings_answered) == (State.DONE, 8, 8)


def test_worker_taken_for_dead_writes_nothing(database: Database) -> None:
    a_job(database, 1)
    claims = claims_of(database)
    (waiting,) = Announcements(database).unannounced(again_s=0)
    slow = claims.claim(waiting)
    time_passes(database)
    ((recording_id, lease, attempts),) = claims.expired()
    assert (recording_id, lease, attempts) == (waiting, slow.lease, 1)
    assert claims.release(recording_id, lease)
    assert not claims.release(recording_id, lease)
    again = claims.claim(waiting)
    assert not claims.beat(slow)
    assert not claims.give_back(slow)
    assert not claims.finish(slow, ANSWER)
    assert claims.beat(again)
    assert claims.finish(again, ANSWER)
    assert not claims.finish(again, ANSWER)


def test_late_worker_that_nobody_replaced_may_finish(database: Database) -> None:
    a_job(database, 1)
    claims = claims_of(database)
    claim = claims.claim(Announcements(database).unannounced(again_s=0)[0])
    time_passes(database)
    assert claims.finish(claim, ANSWER)
    assert claims.expired() == []


def test_announced_recordings_are_told_of_again_after_a_while(database: Database) -> None:
    a_job(database, 3)
    claims = claims_of(database)
    first, second, third = Announcements(database).unannounced(again_s=300)
    Announcements(database).note([first, second])
    assert Announcements(database).unannounced(again_s=300) == [third]
    assert Announcements(database).unannounced(again_s=-1) == [first, second, third]
    claims.give_back(claims.claim(first))
    assert set(Announcements(database).unannounced(again_s=300)) == {first, third}


def test_key_is_used_once_side_by_side(database: Database) -> None:
    store = JobStore(database, keep_s=60)

    def create(_: int) -> str:
        return store.create(uuid.uuid4().hex, job_request("key"), "f", [Upload("a", 1)])

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(create, range(16)))) == 1
    with pytest.raises(KeyReusedError):
        store.create(uuid.uuid4().hex, job_request("key"), "other", [Upload("a", 1)])
    assert len(store.newest("anna", 10)) == 1


def test_tables_are_created_side_by_side(database_url: str, tmp_path: Path) -> None:
    settings = JobsSettings(dir=tmp_path, database_url=database_url)
    with ThreadPoolExecutor(4) as pool:
        opened = [open_database(settings, tmp_path) for _ in range(4)]
        folders = set(pool.map(lambda database: database.prepare(tmp_path), opened))
    assert len(folders) == 1
    for database in opened:
        database.close()


class Workers(RuleBasedStateMachine):
    """Workers that work, fall silent, come back to life and finish late, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        settings = JobsSettings(dir=Path(self.folder.name))
        self.database = open_database(settings, settings.dir)
        self.database.prepare(settings.dir)
        self.store = JobStore(self.database, keep_s=60)
        self.claims = claims_of(self.database)
        self.job_id = a_job(self.database, 3)
        self.ids = list(Announcements(self.database).unannounced(again_s=0))
        self.held: list[Claim] = []
        self.written: dict[str, str] = {}
        self.cancelled = False

    def teardown(self) -> None:
        self.database.close()
        self.folder.cleanup()

    @rule(place=st.integers(0, 2))
    def claim(self, place: int) -> None:
        got = self.claims.claim(self.ids[place])
        if got is not None:
            assert got.recording_id not in self.written
            assert not self.cancelled
            self.held.append(got)

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def finish(self, data: st.DataObject) -> None:
        claim = data.draw(st.sampled_from(self.held))
        if self.claims.finish(claim, Outcome(answer=f'"{claim.lease}"')):
            assert claim.recording_id not in self.written
            self.written[claim.recording_id] = claim.lease

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def give_back(self, data: st.DataObject) -> None:
        self.claims.give_back(data.draw(st.sampled_from(self.held)))

    @rule()
    def silent_for_too_long(self) -> None:
        time_passes(self.database)
        for recording_id, lease, _ in self.claims.expired():
            assert self.claims.release(recording_id, lease)

    @precondition(lambda self: not self.cancelled and len(self.written) < 3)
    @rule(really=st.integers(0, 9))
    def cancel(self, really: int) -> None:
        if really == 0:
            assert self.store.cancel("anna", self.job_id) is Cancellation.CANCELLED
            self.cancelled = True

    @invariant()
    def results_are_those_written(self) -> None:
        with self.database.reading() as session:
            kept = dict(session.execute(select(ResultRow.recording_id, ResultRow.answer)).all())
            job = session.get_one(JobRow, self.job_id)
            running = session.scalar(
                select(func.count()).where(RecordingRow.state == State.RUNNING)
            )
        assert kept == {one: f'"{lease}"' for one, lease in self.written.items()}
        assert job.recordings_done == len(kept)
        assert (job.state is State.DONE) == (len(kept) == 3)
        assert (job.state is State.CANCELLED) == self.cancelled
        assert running == 0 or job.state is State.RUNNING


TestWorkers = Workers.TestCase
TestWorkers.settings = hypothesis_settings(max_examples=25, stateful_step_count=30, deadline=None)


def test_audio_is_looked_for_on_several_machines(database: Database) -> None:
    a_job(database, 2)
    claims = Claims(database, lease_s=60, keep_s=60, miss_s=0)
    alone, shared = Announcements(database).unannounced(again_s=0)
    assert [claims.miss(claims.claim(alone), "one", tries=3) for _ in range(6)] == [False] * 5 + [
        True
    ]
    machines = ["one", "two", "one"]
    assert [claims.miss(claims.claim(shared), name, tries=3) for name in machines] == [
        False,
        False,
        True,
    ]


def test_audio_that_was_missed_is_left_alone_for_a_while(database: Database) -> None:
    a_job(database, 1)
    claims = Claims(database, lease_s=60, keep_s=60, miss_s=60)
    (waiting,) = Announcements(database).unannounced(again_s=0)
    claims.miss(claims.claim(waiting), "one", tries=3)
    assert not Announcements(database).unannounced(again_s=0)


def test_expired_jobs_are_neither_given_out_nor_kept(database: Database) -> None:
    store = JobStore(database, keep_s=60)
    ids = [a_job(database, 1) for _ in range(3)]
    with database.writing() as session:
        session.execute(update(JobRow).values(expires_at=1.0))
    assert store.read("anna", ids[0]) is None
    assert store.newest("anna", 10) == []
    assert store.cancel("anna", ids[0]) is Cancellation.UNKNOWN
    with database.writing() as session:
        session.execute(
            insert(JobRow),
            [
                {"id": f"{place:032x}", "caller": "anna", "fingerprint": "f", "language_hint": "uz"}
                | {"hot_words": [], "timestamps": True, "state": State.DONE, "recordings_total": 1}
                | {"recordings_done": 1, "recordings_answered": 1, "webhook_attempts": 0}
                | {"created_at": 1.0, "finished_at": 1.0, "expires_at": 1.0}
                for place in range(1500)
            ],
        )
    assert store.forget_expired() == 1503


def test_key_of_an_expired_job_is_free_again(database: Database) -> None:
    store = JobStore(database, keep_s=60)
    first = store.create(uuid.uuid4().hex, job_request("key"), "f", [Upload("a", 1)])
    with database.writing() as session:
        session.execute(update(JobRow).values(expires_at=1.0))
    second = store.create(uuid.uuid4().hex, job_request("key"), "other", [Upload("a", 1)])
    assert (store.read("anna", first), store.read("anna", second) is None) == (None, False)
