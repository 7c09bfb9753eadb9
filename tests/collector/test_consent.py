"""Nothing is stored before consent; everything is shown and forgotten on request."""

import asyncio
import json
from pathlib import Path

from sqlalchemy import func, select

from collector.database.sessions import open_database
from collector.database.tables import (
    AuditEntry,
    Consent,
    Participant,
    Prompt,
    Table,
    VoiceClip,
    WithdrawnSpeaker,
)
from collector.people.consent import SpeechLicence, find_participant
from collector.people.withdrawal import forget, scrub_forgotten
from collector.texts.catalogue import Tongue, current_consent, say

from .conftest import Running, encode, scrubbed, settled, started

NUMBER = 4_100_200_300


async def count(running: Running, table: type[Table]) -> int:
    async with running.collector.transactions.begin() as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0


def bytes_below(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_nothing_of_a_stranger_is_stored(tmp_path: Path, spoken) -> None:
    audio = encode(spoken("men bugun bozorga bordim"))

    async def scenario() -> None:
        async with started(tmp_path) as running:
            stranger = running.person(NUMBER, "ru")
            stranger.say("/start")
            languages = await stranger.next()
            assert languages.text == say("choose_language", Tongue.RUSSIAN)
            stranger.press_button(languages, "ru")
            assert (await stranger.next()).text == current_consent().text[Tongue.RUSSIAN]
            licences = await stranger.next()
            stranger.send(audio)
            assert "/start" in (await stranger.next()).text
            for command in ("/record", "/review", "привет", "/me"):
                stranger.say(command)
                assert (await stranger.next()).text == say("consent_first", Tongue.RUSSIAN)
            for command in ("/mydata", "/forget"):
                stranger.say(command)
                assert (await stranger.next()).text == say("nothing_stored", Tongue.RUSSIAN)
            stranger.press_button(licences, "d:ru")
            assert (await stranger.next()).text == say("declined", Tongue.RUSSIAN)
            await settled(running)
            assert running.api.calls["getFile"] == 0
            for table in (Participant, Consent, VoiceClip, AuditEntry):
                assert await count(running, table) == 0
            assert str(NUMBER).encode() not in bytes_below(tmp_path)
            assert audio[:200] not in bytes_below(tmp_path)

    asyncio.run(scenario())


def test_an_agreement_names_text_language_licence_and_time(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with started(tmp_path) as running:
            person = running.person(NUMBER)
            await person.join(SpeechLicence.CC_BY, Tongue.UZBEK_CYRILLIC, "khorezm")
            async with running.collector.transactions.begin() as session:
                (participant,) = (await session.scalars(select(Participant))).all()
            consent = participant.consent
            text = current_consent()
            assert (consent.version, consent.licence) == (text.version, "CC-BY-4.0")
            assert consent.text_sha256 == text.sha256(Tongue.UZBEK_CYRILLIC)
            assert consent.adult
            assert (participant.dialect, participant.gender) == ("khorezm", "female")
            assert participant.language == "uz_cyrl"
            assert str(NUMBER) not in participant.id
            person.press(f"a:ru:internal:{text.version}")
            await person.until_text(say("agreed_again", Tongue.RUSSIAN))
            assert await count(running, Consent) == 2

    asyncio.run(scenario())


def test_an_old_text_is_not_agreed_to(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with started(tmp_path) as running:
            person = running.person(NUMBER)
            person.press("a:uz:CC0-1.0:2020-01")
            assert (await person.next()).text == say("consent_changed", Tongue.UZBEK)
            await settled(running)
            assert await count(running, Participant) == 0

    asyncio.run(scenario())


def test_a_recording_is_under_the_licence_of_its_moment(tmp_path: Path, spoken) -> None:
    """The prompt was shown before the speaker chose another licence."""

    async def scenario() -> None:
        async with started(tmp_path) as running:
            person = running.person(NUMBER)
            await person.join(SpeechLicence.CC0)
            _, text = await person.take_prompt()
            person.press(f"a:uz:internal:{current_consent().version}")
            await person.contribute(encode(spoken(text)))
            await person.until_text("Rahmat")
            async with running.collector.transactions.begin() as session:
                clip = (
                    await session.scalars(select(VoiceClip).where(VoiceClip.sha256 != ""))
                ).one()
                consent = await session.get_one(Consent, clip.consent_id)
                assert consent.licence == SpeechLicence.INTERNAL

    asyncio.run(scenario())


def test_own_data_is_shown_and_forgotten(tmp_path: Path, spoken) -> None:
    async def scenario() -> None:
        async with started(tmp_path) as running:
            person, other = running.person(NUMBER), running.person(5)
            await person.join()
            await other.join()
            _, text = await person.take_prompt()
            audio = encode(spoken(text))
            await person.contribute(audio)
            await person.until_text("Rahmat")
            other.say("/review")
            await other.until(lambda sent: sent.method == "sendVoice")
            async with running.collector.transactions.begin() as session:
                pseudonym = await session.scalar(
                    select(Participant.id).where(Participant.telegram_id == NUMBER)
                )
            person.say("/mydata")
            document = await person.until(lambda sent: sent.method == "sendDocument")
            data = json.loads(document.document)
            assert data["participant"]["telegram_id"] == NUMBER
            assert [clip["prompt"] for clip in data["clips"] if clip["sha256"]] == [text]
            assert data["consents"][0]["licence"] == "CC0-1.0"
            await person.until(lambda sent: sent.method == "sendVoice")

            number = NUMBER.to_bytes(6, "big")  # as SQLite keeps it
            assert audio[-200:] in bytes_below(tmp_path)
            assert number in bytes_below(tmp_path)
            person.say("/forget")
            person.press_button(await _last(person), "f:1")
            await person.until_text(say("forgotten", Tongue.UZBEK)[:10])
            await settled(running)
            await scrubbed(running)
            left = bytes_below(tmp_path)
            for trace in (str(NUMBER).encode(), number, audio[-200:]):
                assert trace not in left
            async with running.collector.transactions.begin() as session:
                assert (await session.scalars(select(WithdrawnSpeaker.speaker))).all() == [
                    pseudonym
                ]
                events = (await session.scalars(select(AuditEntry.event))).all()
                assert events.count("forgotten") == 1
                assert await session.scalar(select(func.sum(Prompt.taken))) == 0
            assert await count(running, VoiceClip) == 0
            person.say("/mydata")
            await person.until_text(say("nothing_stored", Tongue.UZBEK))

    asyncio.run(scenario())


async def _last(person):
    return await person.until(lambda sent: any(d.startswith("f:") for d in sent.buttons.values()))


def test_nothing_stays_of_somebody_who_never_recorded(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with started(tmp_path) as running:
            person, other = running.person(NUMBER), running.person(5)
            await other.join()
            await person.join()
            for command, answer in (("/profile", "Xorazmning Urganch tumani"), ("/nickname", "la")):
                person.say(command)
                if command == "/profile":
                    person.press("p:dialect:khorezm")
                person.say(answer)
            await person.until_text(say("nickname_set", Tongue.UZBEK, nickname="la"))
            await settled(running)
            async with running.collector.transactions.begin() as session:
                pseudonym = await session.scalar(
                    select(Participant.id).where(Participant.telegram_id == NUMBER)
                )
            number = NUMBER.to_bytes(6, "big")  # as SQLite keeps it
            traces = (number, str(NUMBER).encode(), pseudonym.encode(), b"Urganch")
            assert all(trace in bytes_below(tmp_path) for trace in traces)
            person.say("/forget")
            person.press_button(await _last(person), "f:1")
            await person.until_text(say("forgotten", Tongue.UZBEK)[:10])
            await scrubbed(running)
            left = bytes_below(tmp_path)  # of the file and of its log
            assert [trace for trace in traces if trace in left] == []

    asyncio.run(scenario())


def test_a_scrub_that_a_kill_prevented_is_done_at_the_next_start(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with started(tmp_path) as running:
            person = running.person(NUMBER)
            await person.join()
            await settled(running)
        # No upkeep runs while they are forgotten, as in a process that is killed at once.
        database = open_database(f"sqlite+aiosqlite:///{tmp_path / 'collector.sqlite3'}")
        async with database.begin() as session:
            await forget(session, await find_participant(session, NUMBER))
        await database.close()
        async with started(tmp_path) as running:
            await scrubbed(running)
            assert NUMBER.to_bytes(6, "big") not in bytes_below(tmp_path)
            assert not await scrub_forgotten(running.collector.transactions)

    asyncio.run(scenario())
