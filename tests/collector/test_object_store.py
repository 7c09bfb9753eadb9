"""Recordings in a bucket, of a real server of S3's protocol on loopback."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from collector.database.states import ClipState
from collector.database.tables import VoiceClip
from collector.storage.audio_store import open_audio_store
from collector.texts.catalogue import Tongue, say

from .conftest import encode, scrubbed, settled, started

pytest.importorskip("s3fs", reason="S3 is an extra of its own")
moto_server = pytest.importorskip(
    "moto.server", reason="the server is one of the developers' tools"
)
PLACE = "s3://ovoz-test/voices"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[moto_server.ThreadedMotoServer]:
    """The server, with an empty bucket; the variables of AWS name it."""
    import s3fs
    from moto.s3.models import s3_backends

    running = moto_server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "loopback")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of no account")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    s3fs.S3FileSystem.clear_instance_cache()
    s3_backends.reset()  # what a server of this process had before
    s3fs.S3FileSystem().mkdir("ovoz-test")
    yield running
    running.stop()
    s3fs.S3FileSystem.clear_instance_cache()


def test_bytes_by_name(server: object) -> None:
    store = open_audio_store(PLACE)
    assert list(store.list_keys()) == []
    store.put("speaker/clip.ogg", b"one")
    store.put("speaker/clip.ogg", b"two")
    store.put("other/clip.ogg", b"three")
    assert store.get("speaker/clip.ogg") == b"two"
    assert set(open_audio_store(PLACE).list_keys()) == {"speaker/clip.ogg", "other/clip.ogg"}
    store.delete("speaker/clip.ogg")
    store.delete("speaker/clip.ogg")
    assert list(store.list_keys()) == ["other/clip.ogg"]
    with pytest.raises(FileNotFoundError):
        store.get("speaker/clip.ogg")


@pytest.mark.slow
def test_a_bucket_that_is_away_is_told_as_promised(server, monkeypatch) -> None:
    store = open_audio_store(PLACE)
    store.put("speaker/clip.ogg", b"one")
    server.stop()
    for call in (
        lambda: store.put("speaker/clip.ogg", b"two"),
        lambda: store.get("speaker/clip.ogg"),
        lambda: store.delete("speaker/clip.ogg"),
        lambda: list(store.list_keys()),
    ):
        with pytest.raises(OSError):
            call()
    server.start()


def test_no_such_bucket_is_told(server: object) -> None:
    with pytest.raises(OSError):
        open_audio_store("s3://nowhere/voices").put("speaker/clip.ogg", b"one")


@pytest.mark.slow
def test_a_recording_comes_and_goes(tmp_path: Path, spoken, server: object) -> None:
    async def scenario() -> None:
        async with started(tmp_path, storage={"audio": PLACE}) as running:
            person = running.person(1)
            await person.join()
            _, text = await person.take_prompt()
            audio = encode(spoken(text))
            await person.contribute(audio)
            await person.until_text(say("submitted", Tongue.UZBEK, today=1, total=1))
            store = running.collector.store
            async with running.collector.transactions.begin() as session:
                submitted = select(VoiceClip).where(VoiceClip.state == ClipState.IN_REVIEW)
                clip = await session.scalar(submitted)
            assert await asyncio.to_thread(store.get, clip.audio_key) == audio
            person.say("/forget")
            sure = await person.until(lambda sent: "f:1" in sent.buttons.values())
            person.press_button(sure, "f:1")
            await settled(running)
            await scrubbed(running)
            assert await asyncio.to_thread(lambda: list(store.list_keys())) == []

    asyncio.run(scenario())
