"""The Python client: recordings and jobs at the real service, retries at a faulty one."""

import asyncio
import io
import time
import wave
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from ovoz_client import (
    AsyncClient,
    Client,
    DeadlineError,
    ServiceError,
    UnreachableError,
)

from tests.clients.answering import answering
from tests.service.live.clients import KEY, pcm
from tests.unit.streaming.coded_speech import Said, assert_same_words, say

WORDS = [Said("kam", 6_000, 8_000), Said("руa", 7_000, 1_000)]


def wav(words=WORDS) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(16_000)
        written.writeframes(pcm(say(words, tail=4_000)))
    return file.getvalue()


@pytest.fixture
def client(url):
    with Client(url, KEY, trust_env=False) as made:
        yield made


def test_a_recording_by_path_bytes_and_open_file(client, tmp_path) -> None:
    path = tmp_path / "call.wav"
    path.write_bytes(wav())
    for recording in (path, str(path), wav(), io.BytesIO(wav())):
        transcript = client.transcribe(recording)
        assert_same_words(
            [(word.text, word.start_s, word.end_s) for word in transcript.words], WORDS
        )
    assert [word.language for word in transcript.words] == ["uz", "mixed"]
    assert client.transcribe(path, timestamps=False).words is None
    assert client.write(path, "vtt").startswith("WEBVTT")
    assert client.write(path, "text").strip() == "kam руa"


def test_a_correction_counts(client) -> None:
    transcript = client.transcribe(wav())
    answer = client.correct(transcript.request_id, "kam")
    assert (answer.word_errors, answer.words) == (1, 1)
    with pytest.raises(ServiceError) as refused:
        client.correct(transcript.request_id, "kam")
    assert refused.value.kind == "already-corrected"


def test_a_job_from_acceptance_to_oblivion(client) -> None:
    looked = []
    job = client.create_job([wav(), b"no sound"])
    done = client.wait_for_job(job.id, on_progress=looked.append, timeout_s=60)
    assert done.is_over
    assert looked[-1] == done
    good, bad = done.results
    assert good.answer.text == "kam руa"
    assert bad.problem.type.endswith("audio-unreadable")
    assert job.id in [listed.id for listed in client.jobs()]
    assert client.cancel_job(job.id) is None
    with pytest.raises(ServiceError) as gone:
        client.job(job.id)
    assert (gone.value.status, gone.value.kind) == (404, "job-unknown")


def test_the_same_key_is_the_same_job(client) -> None:
    one = client.create_job([wav()], idempotency_key="2026-11-27/1")
    assert client.create_job([wav()], idempotency_key="2026-11-27/1").id == one.id
    assert client.create_job([wav()]).id != one.id


def test_a_problem_has_its_name_and_the_key_is_never_shown(url) -> None:
    with Client(url, "a wrong key", trust_env=False) as client:
        with pytest.raises(ServiceError) as refused:
            client.transcribe(wav())
        assert refused.value.kind == "not-authenticated"
        assert "a wrong key" not in f"{refused.value}{vars(client._client)['_service']!r}"


def test_calls_side_by_side(url) -> None:
    async def all_of_them() -> list[str]:
        async with AsyncClient(url, KEY, trust_env=False) as client:
            answers = await asyncio.gather(*(client.transcribe(wav()) for _ in range(5)))
            return [answer.text for answer in answers]

    assert asyncio.run(all_of_them()) == ["kam руa"] * 5


OK = (200, {}, b'{"jobs": []}')
BUSY = (429, {"Retry-After": "1"}, b'{"type": "urn:ovoz:problem:rate-limited", "detail": "slow"}')


def test_retry_after_is_honoured_with_jitter() -> None:
    with answering(BUSY, OK) as server, Client(server.url, trust_env=False) as client:
        assert client.jobs() == ()
        assert len(server.asked) == 2
        assert server.asked_at[1] - server.asked_at[0] >= 1


@pytest.mark.parametrize("fault", [(503, {}, b"a proxy's page"), (0, {}, b"")])
def test_faults_on_the_way_are_tried_again_with_the_same_job_and_content(fault) -> None:
    accepted = (
        202,
        {},
        b'{"id": "1", "state": "queued", "created_at": "2026-11-27T08:00:00Z",'
        b' "progress": {"done": 0, "total": 1, "share": 0}, "a later field": 1}',
    )
    with answering(fault, accepted) as server, Client(server.url, trust_env=False) as client:
        assert client.create_job([io.BytesIO(wav())]).state == "queued"
        keys = {headers["Idempotency-Key"] for _, _, headers, _ in server.asked}
        assert len(server.asked) == 2
        assert len(keys) == 1
        assert all(wav() in body for _, _, _, body in server.asked)


def test_what_may_have_counted_is_not_sent_again() -> None:
    with answering((0, {}, b"")) as server, Client(server.url, trust_env=False) as client:
        with pytest.raises(UnreachableError):
            client.correct("1", "kam")
        assert len(server.asked) == 1


@pytest.mark.parametrize("status", [400, 404, 413, 422, 500, 504])
def test_what_would_fail_again_is_not_tried_again(status) -> None:
    with answering((status, {}, b"")) as server, Client(server.url, trust_env=False) as client:
        with pytest.raises(ServiceError) as refused:
            client.jobs()
        assert refused.value.kind == f"http-{status}"
        assert len(server.asked) == 1


@pytest.mark.parametrize("as_date", [False, True])
def test_a_wait_that_outlasts_the_total_time_is_not_begun(as_date) -> None:
    far = format_datetime(datetime.now(UTC) + timedelta(hours=1)) if as_date else "600"
    busy = (503, {"Retry-After": far}, b"")
    with answering(busy) as server, Client(server.url, timeout_s=5, trust_env=False) as client:
        begun = time.monotonic()
        with pytest.raises(ServiceError) as refused:
            client.jobs()
        assert time.monotonic() - begun < 5
        assert refused.value.retry_after_s > 500
        assert len(server.asked) == 1


def test_a_service_that_never_answers_is_left_at_the_deadline(line, url) -> None:
    line.freeze()
    with Client(f"http://127.0.0.1:{line.port}", KEY, timeout_s=0.5, trust_env=False) as client:
        with pytest.raises(DeadlineError):
            client.jobs()
        with pytest.raises(DeadlineError):
            client.wait_for_job("1", timeout_s=0.5)
        line.restore()
        assert isinstance(client.jobs(timeout_s=30), tuple)


@pytest.mark.parametrize("address", ["127.0.0.1:3000", "ws://host", "", "http://"])
def test_an_address_that_is_none_is_refused(address) -> None:
    with pytest.raises(ValueError, match="use http://host:port"):
        Client(address)


def test_a_missing_file_is_named(client, tmp_path) -> None:
    with pytest.raises(FileNotFoundError, match=r"none\.wav"):
        client.transcribe(tmp_path / "none.wav")
