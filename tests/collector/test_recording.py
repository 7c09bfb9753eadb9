"""From the prompt to a confirmed clip; what is wrong is told, and what is sent is not lost."""

import asyncio
import errno
import io
from pathlib import Path

import numpy as np
import pytest
import soundfile
from aiohttp import web
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from collector.database.states import ClipState
from collector.database.tables import Deletion, FingerprintHash, Prompt, VoiceClip
from collector.recording.checks import Refusal, RefusedAudioError, check_audio
from collector.settings import CheckSettings
from collector.texts.catalogue import Tongue, say
from ovoz.audio.decode import decode

from .conftest import Running, encode, read_pack, settled, started

SHARED = Path(__file__).resolve().parents[3] / "shared/data"
TEXT = "men bugun bozordan ikki kilo olma sotib oldim"
NOISE = np.random.default_rng(0).standard_normal(80_000).astype(np.float32)


def refused(audio: bytes, letters: int = len(TEXT), **limits: float) -> str:
    try:
        check_audio(audio, letters, CheckSettings(**limits))
    except RefusedAudioError as error:
        return error.refusal
    return ""


def test_each_fault_is_named(spoken) -> None:
    said = spoken(TEXT)
    assert refused(encode(said)) == ""
    assert refused(encode(said[:8000])) == Refusal.TOO_SHORT
    assert refused(encode(np.tile(said, 20))) == Refusal.TOO_LONG
    assert refused(encode(NOISE * 1e-4)) == Refusal.SILENT
    assert refused(encode(said * 0.02), min_speech_s=0) == Refusal.TOO_QUIET
    clipped = io.BytesIO()
    soundfile.write(clipped, np.clip(said * 60, -1, 1), 16_000, format="WAV")
    assert refused(clipped.getvalue()) == Refusal.CLIPPED
    assert refused(encode(said + 0.1 * NOISE[: len(said)]), min_snr_db=30) == Refusal.NOISY
    assert refused(encode(said), letters=200) == Refusal.TOO_FAST
    assert refused(encode(said), letters=5) == Refusal.TOO_SLOW
    assert refused(b"") == refused(b"OggS no audio") == Refusal.UNREADABLE
    assert refused(encode(said), max_upload_bytes=10) == Refusal.TOO_LONG


@pytest.mark.parametrize("name", ["noise/silence__silence.wav", "noise/awitwicki__rain.mp3"])
def test_recordings_without_a_voice_are_refused(name: str) -> None:
    file = SHARED / name
    if not file.is_file():
        pytest.skip("the shared recordings are not here")
    samples = decode(file)[: 16_000 * 8]
    assert refused(encode(samples)) in {Refusal.SILENT, Refusal.TOO_QUIET, Refusal.NOISY}


async def clips(running: Running) -> list[VoiceClip]:
    async with running.collector.transactions.begin() as session:
        return list((await session.scalars(select(VoiceClip))).all())


def test_a_clip_is_refused_repeated_heard_and_submitted(tmp_path: Path, spoken) -> None:
    async def scenario() -> None:
        async with started(tmp_path) as running:
            person = running.person(1)
            await person.join()
            _, text = await person.take_prompt()
            person.send(encode(NOISE * 1e-4))
            told = await person.until_text(say("refused_silent", Tongue.UZBEK))
            assert text in told.text
            person.say("bu matn")
            await person.until_text("/record")
            audio = encode(spoken(text))
            person.send(audio)
            heard = await person.until(lambda sent: sent.method == "sendVoice")
            assert running.api.files[heard.voice] == audio
            person.press_button(heard, "submit")
            await person.until_text(say("submitted", Tongue.UZBEK, today=1, total=1))
            person.press_button(heard, "submit")
            await person.until_text("\n\n")
            person.send(audio)
            await person.until_text(say("refused_duplicate", Tongue.UZBEK))
            person.send(encode(spoken(text)[3000:] * 0.7))
            await person.until_text(say("refused_duplicate", Tongue.UZBEK))
            person.send(encode(spoken("boshqa")), forwarded=True)
            await person.until_text(say("refused_forwarded", Tongue.UZBEK))
            await settled(running)
            found = {clip.state: clip for clip in await clips(running)}
            submitted = found[ClipState.IN_REVIEW]
            assert submitted.transcript == text
            assert submitted.measures["snr_db"] > 8
            assert found[ClipState.REFUSED].reason in {"silent", "duplicate"}
            stored = list((tmp_path / "audio").glob("*/*"))
            assert [path.read_bytes() for path in stored] == [audio]
            await taken_is_counted(running)

    asyncio.run(scenario())


def test_what_another_bot_offers_is_not_their_own_voice(tmp_path: Path, spoken) -> None:
    async def scenario() -> None:
        async with started(tmp_path) as running:
            person = running.person(1)
            await person.join()
            _, text = await person.take_prompt()
            person.send(encode(spoken(text)), via_bot=True)
            await person.until_text(say("refused_forwarded", Tongue.UZBEK))

    asyncio.run(scenario())


def test_another_try_leaves_nothing_of_the_first(tmp_path: Path, spoken) -> None:
    async def scenario() -> None:
        async with started(tmp_path) as running:
            person = running.person(1)
            await person.join()
            _, text = await person.take_prompt()
            person.send(encode(spoken(text)))
            heard = await person.until(lambda sent: sent.method == "sendVoice")
            person.press_button(heard, "again")
            await person.until_text(text)
            await settled(running)
            async with running.collector.transactions.begin() as session:
                left = select(func.count()).select_from(FingerprintHash)
                assert await session.scalar(left) == 0
            assert not list((tmp_path / "audio").glob("*/*"))

    asyncio.run(scenario())


def test_a_database_that_fails_while_clips_are_checked_costs_none(
    tmp_path: Path, spoken, monkeypatch
) -> None:
    """Of two clips that are looked at together, the database fails for one."""

    async def scenario() -> None:
        async with started(tmp_path) as running:
            people = [running.person(number) for number in (1, 2)]
            listener, failed = running.collector.listener, []
            check = listener._check

            async def fail_once(clip: VoiceClip) -> None:
                if not failed:
                    failed.append(clip.id)
                    raise OperationalError("", {}, Exception("the connection is lost"))
                await asyncio.sleep(0.5)
                await check(clip)

            monkeypatch.setattr(listener, "_check", fail_once)
            audio = []
            for person in people:
                await person.join()
                _, text = await person.take_prompt()
                audio.append(encode(spoken(text, person.number)))
            for person, voice in zip(people, audio, strict=True):
                person.send(voice)
            for person in people:
                await person.until(lambda sent: sent.method == "sendVoice")
            await settled(running)
            assert failed
            stored = [path.read_bytes() for path in (tmp_path / "audio").glob("*/*")]
            assert sorted(stored) == sorted(audio)
            assert [person.api.inbox[person.number].qsize() for person in people] == [0, 0]

    asyncio.run(scenario())


async def taken_is_counted(running: Running) -> None:
    """The count of readings is that of the clips."""
    from collector.database.states import TAKEN

    async with running.collector.transactions.begin() as session:
        rows = await session.execute(
            select(Prompt.id, Prompt.taken, func.count(VoiceClip.id))
            .outerjoin(VoiceClip, (VoiceClip.prompt_id == Prompt.id) & VoiceClip.state.in_(TAKEN))
            .group_by(Prompt.id)
        )
        for prompt, taken, counted in rows:
            assert taken == counted, prompt


def test_own_words_are_written_down(tmp_path: Path, spoken) -> None:
    async def scenario() -> None:
        pack = read_pack(("Bugun nima qildingiz?",), task="answer")
        async with started(tmp_path, (pack,)) as running:
            person = running.person(1)
            await person.join()
            await person.take_prompt()
            await person.contribute(encode(spoken(TEXT)))
            await person.until_text(say("ask_transcript", Tongue.UZBEK))
            person.say("/help")
            await person.until_text("/record")
            person.say("/record")
            person.press_button(
                await person.until(lambda sent: sent.method == "sendVoice"), "submit"
            )
            await person.until_text(say("ask_transcript", Tongue.UZBEK))
            person.say(f"  {TEXT} ")
            await person.until_text("Rahmat")
            (clip,) = await clips(running)
            assert (clip.transcript, clip.state) == (TEXT, ClipState.IN_REVIEW)

    asyncio.run(scenario())


def test_the_recogniser_is_asked_and_may_be_away(tmp_path: Path, spoken) -> None:
    asked = []

    async def transcribe(request: web.Request) -> web.Response:
        form = await request.post()
        asked.append((request.headers["X-API-Key"], len(form["file"].file.read())))
        if len(asked) == 2:
            return web.Response(status=503)
        return web.json_response({"text": "butunlay boshqa gap bu"})

    async def scenario() -> None:
        app = web.Application()
        app.router.add_post("/transcribe", transcribe)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        async with started(tmp_path, recogniser={"url": url, "key": "k"}) as running:
            person = running.person(1)
            await person.join()
            for words in ("listen_doubtful", "listen"):
                _, text = await person.take_prompt()
                audio = encode(spoken(text))
                person.send(audio)
                heard = await person.until(lambda sent: sent.method == "sendVoice")
                assert heard.text == say(words, Tongue.UZBEK)
                assert asked[-1] == ("k", len(audio))
                person.press_button(heard, "submit")
                await person.until_text("Rahmat")
        await runner.cleanup()

    asyncio.run(scenario())


def test_a_full_disk_is_told_and_loses_nothing(tmp_path: Path, spoken) -> None:
    async def scenario() -> None:
        async with started(tmp_path) as running:
            person = running.person(1)
            await person.join()
            _, text = await person.take_prompt()
            store = running.collector.store
            put = store.put

            def full(key: str, audio: bytes) -> None:
                raise OSError(errno.ENOSPC, "No space left on device")

            store.put = full  # type: ignore[method-assign]
            person.send(encode(spoken(text)))
            await person.until_text(say("stored_later", Tongue.UZBEK))
            store.put = put  # type: ignore[method-assign]
            async with running.collector.transactions.begin() as session:
                clip = await session.scalar(
                    select(VoiceClip).where(VoiceClip.state == ClipState.RECEIVED)
                )
                clip.due_at = clip.created_at
            running.collector.services.listening.set()
            await person.until(lambda sent: sent.method == "sendVoice")
            assert len(list((tmp_path / "audio").glob("*/*"))) == 1

    asyncio.run(scenario())


def test_limits_and_another_prompt(tmp_path: Path, spoken) -> None:
    async def scenario() -> None:
        rules = {"reads_per_prompt": 1, "clips_per_day": 2}
        async with started(tmp_path, rules=rules) as running:
            person, other = running.person(1), running.person(2)
            await person.join()
            await other.join()
            sent, first = await person.take_prompt()
            person.press_button(sent, "other")
            _, second = await person.take_prompt()
            assert second != first
            _, others = await other.take_prompt()
            assert others != second
            for _ in range(2):
                _, text = await person.take_prompt()
                await person.contribute(encode(spoken(text)))
                await person.until_text("Rahmat")
            person.say("/record")
            await person.until_text(say("daily_limit", Tongue.UZBEK, most=2))
            await settled(running)
            await taken_is_counted(running)
            async with running.collector.transactions.begin() as session:
                assert await session.scalar(select(func.max(Prompt.taken))) == 1
                assert await session.scalar(select(func.count()).select_from(Deletion)) == 0

    asyncio.run(scenario())
