"""Updates are handled once, limits are kept, and nothing is lost when something is away."""

import asyncio
import logging
from pathlib import Path

import pytest
from aiogram.types import Update
from aiohttp import ClientSession, web
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError, OperationalError

from benchmarks.collection.bot_api import BotApi, Faults
from collector.bot.metrics import MESSAGES
from collector.bot.telegram_calls import Pace
from collector.bot.updates import FailureCount, FloodGate
from collector.bot.web import build_web
from collector.database.tables import OutgoingMessage, Participant, VoiceClip
from collector.people.consent import SpeechLicence, agree
from collector.texts.catalogue import Tongue, say
from collector.upkeep.statistics import measure_collection

from .conftest import encode, settled, started

HELP = {
    "message": {
        "message_id": 9,
        "date": 1,
        "chat": {"id": 1, "type": "private"},
        "from": {"id": 1, "is_bot": False, "first_name": "x"},
        "text": "/help",
    }
}


def test_an_update_that_comes_twice_changes_nothing(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with started(tmp_path) as running:
            person = running.person(1)
            await person.join()
            handled = running.api._update_numbers
            number = next(handled)
            message = {
                "update_id": number,
                "message": {
                    "message_id": 9,
                    "date": 1,
                    "chat": {"id": 1, "type": "private"},
                    "from": {"id": 1, "is_bot": False, "first_name": "x"},
                    "text": "/me",
                },
            }
            for _ in range(3):
                running.api.repeat(message)
            await person.until_text("0")
            person.say("/help")
            await person.until_text("/record")
            assert [sent.text for sent in person.seen].count(person.seen[-2].text) == 1

    asyncio.run(scenario())


def test_limits_and_lost_answers_are_lived_with(tmp_path: Path, spoken) -> None:
    async def scenario() -> None:
        api = BotApi(Faults(limited=0.05, dropped=0.05, lost_answers=0.05), seed=2)
        await api.start()
        async with started(tmp_path, api=api) as running:
            person = running.person(1)
            await person.join()
            _, text = await person.take_prompt()
            await person.contribute(encode(spoken(text)))
            await person.until_text(say("submitted", Tongue.UZBEK, today=1, total=1))
            assert api.calls["limited"] + api.calls["dropped"] + api.calls["lost answers"] > 0
            await settled(running)
        await api.stop()

    asyncio.run(scenario())


def test_a_pause_that_is_asked_for_is_kept() -> None:
    async def scenario() -> None:
        pace = Pace(1e6)
        await pace.wait()
        pace.pause(0.2)
        loop = asyncio.get_running_loop()
        began = loop.time()
        await pace.wait()
        assert loop.time() - began > 0.15

    asyncio.run(scenario())


def test_a_flood_is_dropped_and_forgotten() -> None:
    gate = FloodGate(3)
    assert [gate.count(1) for _ in range(5)] == [0, 0, 0, 1, 2]
    assert gate.count(2) == 0


def test_an_update_that_comes_again_after_a_fault_is_no_flood(tmp_path: Path, monkeypatch) -> None:
    async def scenario() -> None:
        async with started(tmp_path, bot={"updates_per_minute": 20}) as running:
            person = running.person(1)
            await person.join()
            handler = running.collector.handler
            update = Update.model_validate(HELP | {"update_id": 1000})

            async def locked(*_: object) -> str:
                raise OperationalError("", {}, Exception("database is locked"))

            with monkeypatch.context() as patched:
                patched.setattr(handler, "_handle", locked)
                for _ in range(40):
                    with pytest.raises(OperationalError):
                        await handler.handle(update)
            await handler.handle(update)
            await person.until_text("/record")

    asyncio.run(scenario())


def test_an_update_that_cannot_be_read_or_stored_holds_up_nobody(tmp_path: Path, caplog) -> None:
    async def scenario() -> None:
        async with started(tmp_path) as running:
            person = running.person(1)
            await person.join()
            running.api.push({"message": {"of": "a kind to come"}})
            person.say("/nickname")
            person.say("\ud800")  # half of a character, which no database takes
            await person.until_text(say("failed", Tongue.UZBEK))
            person.say("/help")
            await person.until_text("/record")
            assert running.api.calls["deleteWebhook"] == 1

    with caplog.at_level(logging.ERROR, "collector"):
        asyncio.run(scenario())
    assert [record.message for record in caplog.records] == [
        "an update cannot be read",
        "an update failed",
    ]


def test_nobody_waits_for_the_messages_of_another_one(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with started(tmp_path) as running:
            many, one = running.person(1), running.person(2)
            await many.join()
            await one.join()
            await settled(running)
            order: list[int] = []
            running.api.listeners = [lambda sent: order.append(sent.chat)]
            async with running.collector.transactions.begin() as session:
                ids = {
                    person.telegram_id: person.id
                    for person in await session.scalars(select(Participant))
                }
                for chat in [1] * 200 + [2]:
                    payload = {"chat_id": chat, "text": "x"}
                    row = {"participant_id": ids[chat], "method": "SendMessage"}
                    session.add(OutgoingMessage(**row, payload=payload))
            await settled(running)
            assert order.count(1) == 200
            assert order.index(2) < 60

    asyncio.run(scenario())


def test_chats_whose_messages_fail_hold_up_nobody(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("collector.bot.sending._AWAY_S", 0.05)

    async def scenario() -> None:
        async with started(tmp_path) as running:
            broken, one = [running.person(number) for number in range(2, 34)], running.person(1)
            await one.join()
            await settled(running)
            async with running.collector.transactions.begin() as session:
                for person in broken:
                    await agree(session, person.number, Tongue.UZBEK, SpeechLicence.CC0)
            running.api.broken_chats = {person.number for person in broken}
            for person in broken:
                person.say("/help")
            while running.api.waiting:
                await asyncio.sleep(0.01)
            for _ in range(3):
                one.say("/help")
                await asyncio.wait_for(one.until_text("/record"), 20)
            running.api.broken_chats = set()
            for person in broken:  # nothing is lost, though it took a while
                await person.until_text("/record")

    asyncio.run(scenario())


@pytest.mark.parametrize("fault", ["telegram", "ours"])
def test_a_message_that_always_fails_is_set_aside(
    tmp_path: Path, monkeypatch, caplog, fault: str
) -> None:
    monkeypatch.setattr("collector.bot.sending._FIRST_WAIT_S", 0.01)
    monkeypatch.setattr("collector.bot.sending._AWAY_S", 0.05)
    monkeypatch.setattr("collector.bot.sending._MOST_TRIES", 3)

    async def scenario() -> None:
        async with started(tmp_path) as running:
            person, other = running.person(1), running.person(2)
            await person.join()
            await other.join()
            await settled(running)
            async with running.collector.transactions.begin() as session:
                wanted = select(Participant).where(Participant.telegram_id == 1)
                participant = await session.scalar(wanted)
                payload = {"chat_id": 3, "text": "a secret"} if fault == "telegram" else {}
                row = {"participant_id": participant.id, "method": "SendMessage"}
                session.add(OutgoingMessage(**row, payload=payload))
            running.api.broken_chats = {3}
            person.say("/help")
            other.say("/help")
            await other.until_text("/record")
            await person.until_text("/record")
            async with running.collector.transactions.begin() as session:
                kept = (await session.scalars(select(OutgoingMessage))).all()
                assert [row.tries for row in kept if row.set_aside_at] == [3]
                assert (await measure_collection(session)).set_aside == 1

    before = MESSAGES.labels("set_aside")._value.get()
    with caplog.at_level(logging.WARNING, "collector"):
        asyncio.run(scenario())
    assert MESSAGES.labels("set_aside")._value.get() == before + 1
    assert "a message was set aside" in {record.message for record in caplog.records}
    assert "secret" not in caplog.text


def test_a_message_that_telegram_wants_later_is_not_set_aside(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("collector.bot.sending._FIRST_WAIT_S", 0.01)
    monkeypatch.setattr("collector.bot.sending._MOST_TRIES", 2)

    async def scenario() -> None:
        async with started(tmp_path) as running:
            person = running.person(1)
            await person.join()
            await settled(running)
            running.api.faults = Faults(limited=1.0, retry_after_s=1)
            person.say("/help")
            while running.api.calls["limited"] < 3:
                await asyncio.sleep(0.01)
            running.api.faults = Faults()
            await person.until_text("/record")

    asyncio.run(scenario())


def test_while_telegram_is_away_no_message_is_set_aside(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("collector.bot.sending._AWAY_S", 0.01)
    monkeypatch.setattr("collector.bot.sending._FIRST_WAIT_S", 0.01)
    monkeypatch.setattr("collector.bot.sending._WORKING_S", 0.0)
    monkeypatch.setattr("collector.bot.sending._MOST_TRIES", 2)

    async def scenario() -> None:
        async with started(tmp_path) as running:
            person = running.person(1)
            await person.join()
            await settled(running)
            running.api.broken_chats = {1}
            sent = running.api.calls["sendMessage"]
            person.say("/help")
            while running.api.calls["sendMessage"] < sent + 6:
                await asyncio.sleep(0.01)
            running.api.broken_chats = set()
            await person.until_text("/record")

    asyncio.run(scenario())


def test_an_update_that_no_database_takes_is_set_aside(tmp_path: Path, monkeypatch, caplog) -> None:
    monkeypatch.setattr("collector.bot.polling._FIRST_WAIT_S", 0.01)

    async def refused(*_: object) -> None:
        raise IntegrityError("", {}, Exception("what somebody wrote"))

    async def scenario() -> None:
        async with started(tmp_path) as running:
            person, other = running.person(1), running.person(2)
            await person.join()
            await other.join()
            monkeypatch.setattr("collector.bot.handlers.account.measure_progress", refused)
            person.say("/me")
            person.say("/help")
            while not await asyncio.sleep(0.05) and other.api.waiting:
                other.say("/help")
            await person.until_text(say("failed", Tongue.UZBEK))
            await person.until_text("/record")

    with caplog.at_level(logging.ERROR, "collector"):
        asyncio.run(scenario())
    assert "an update was set aside" in {record.message for record in caplog.records}


def test_a_database_that_is_away_poisons_no_update() -> None:
    failures = FailureCount()
    assert not any(failures.is_poisoned(1) for _ in range(50))
    failures.note_handled(2)
    assert failures.is_poisoned(1)


def test_a_fault_of_ours_is_told_and_not_repeated(tmp_path: Path, monkeypatch, caplog) -> None:
    async def broken(*_: object) -> None:
        raise ValueError("what somebody wrote")

    async def scenario() -> None:
        async with started(tmp_path) as running:
            person = running.person(1)
            await person.join()
            monkeypatch.setattr("collector.bot.handlers.account.measure_progress", broken)
            person.say("/me")
            await person.until_text(say("failed", Tongue.UZBEK))
            person.say("/help")
            await person.until_text("/record")

    with caplog.at_level(logging.ERROR, "collector"):
        asyncio.run(scenario())
    assert [record.message for record in caplog.records] == ["an update failed"]


def test_updates_wait_for_a_database_that_is_full(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with started(tmp_path) as running:
            handler = running.collector.handler
            kept, failed = handler._handle, []

            async def full(*arguments: object) -> str:
                if not failed:
                    failed.append(1)
                    raise OperationalError("", {}, Exception("database or disk is full"))
                return await kept(*arguments)  # type: ignore[arg-type]

            handler._handle = full  # type: ignore[method-assign]
            person = running.person(1)
            await person.join()
            assert failed
            async with running.collector.transactions.begin() as session:
                assert await session.scalar(select(func.count()).select_from(Participant)) == 1

    asyncio.run(scenario())


def test_somebody_who_blocked_the_bot_is_left_alone(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with started(tmp_path) as running:
            person = running.person(1)
            await person.join()
            await settled(running)
            deliver = running.api._deliver
            blocked = {"ok": False, "error_code": 403, "description": "Forbidden: bot was blocked"}
            running.api._deliver = lambda *_: web.json_response(blocked, status=403)
            person.say("/help")
            await settled(running)
            async with running.collector.transactions.begin() as session:
                assert await session.scalar(select(Participant.reachable)) is False
                waiting = select(func.count()).select_from(OutgoingMessage)
                assert await session.scalar(waiting) == 0
            running.api._deliver = deliver
            person.say("/help")
            await person.until_text("/record")

    asyncio.run(scenario())


def test_webhook_metrics_and_health(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with started(tmp_path) as running:
            collector = running.collector
            app = build_web(collector.bot, collector.handler, collector.transactions, "secret")
            runner = web.AppRunner(app)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            update = {
                "update_id": 77,
                "message": {
                    "message_id": 1,
                    "date": 1,
                    "chat": {"id": 5, "type": "private"},
                    "from": {"id": 5, "is_bot": False, "first_name": "x", "language_code": "en"},
                    "text": "/start",
                },
            }
            header = {"X-Telegram-Bot-Api-Secret-Token": "secret"}
            async with ClientSession(url) as client:
                for headers, body, status in (
                    ({}, update, 403),
                    (header, {"no": "update"}, 400),
                    (header, update, 200),
                    (header, update, 200),
                ):
                    async with client.post("/telegram", json=body, headers=headers) as answer:
                        assert answer.status == status
                async with client.get("/health") as answer:
                    assert await answer.json() == {"database": True}
                async with client.get("/metrics") as answer:
                    figures = await answer.text()
            assert 'collector_updates_total{outcome="repeated"}' in figures
            stranger = running.person(5)
            assert (await stranger.next()).text == say("choose_language", Tongue.ENGLISH)
            assert running.api.inbox[5].empty()
            await runner.cleanup()

    asyncio.run(scenario())


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_kills_in_every_state_lose_nothing(tmp_path: Path, spoken) -> None:
    """SIGKILL after each thing that a speaker does; the next start goes on from there."""
    from benchmarks.collection.bot_process import BotProcess
    from collector.database.sessions import open_database

    async def scenario() -> None:
        api = BotApi()
        await api.start()
        bot = BotProcess(tmp_path, api.url)
        await bot.call("prompts", "add")
        await bot.start()

        async def again() -> None:
            await bot.kill()
            await bot.start()

        from .conftest import Person

        person = Person(api, 1)
        await person.join()
        await again()
        sent, text = await person.take_prompt()
        while not sent.text.startswith(say("prompt_read", Tongue.UZBEK, text="")[:20]):
            person.press_button(sent, "other")
            sent, text = await person.take_prompt()
        await again()
        person.send(encode(spoken(text.casefold())))
        await again()
        heard = await person.until(lambda sent: sent.method == "sendVoice")
        await again()
        person.press_button(heard, "submit")
        await again()
        await person.until_text(say("submitted", Tongue.UZBEK, today=1, total=1))
        await bot.stop()
        await api.stop()
        file = tmp_path / ".ovoz/collector/collector.sqlite3"
        transactions = open_database(f"sqlite+aiosqlite:///{file}")
        async with transactions.begin() as session:
            stored = select(func.count()).where(VoiceClip.state == "in_review")
            assert await session.scalar(stored) == 1
        await transactions.close()
        assert len(list((tmp_path / ".ovoz/collector/audio").glob("*/*"))) == 1

    asyncio.run(scenario())
