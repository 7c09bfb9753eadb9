"""What may be read, how often, and in which order."""

import asyncio
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from collector.database.migrate import migrate
from collector.database.sessions import Transactions, open_database
from collector.database.tables import Campaign, Prompt
from collector.people.consent import SpeechLicence, agree
from collector.prompts.assignment import assign
from collector.prompts.coverage import Coverage
from collector.prompts.intake import NearDuplicates, PromptError, add_prompts, clean_prompt
from collector.prompts.packs import PromptPackError, own_packs, read_pack
from collector.texts.catalogue import Tongue
from ovoz.text.pack import load_pack

from .conftest import SENTENCES
from .conftest import read_pack as make_pack

PACK = load_pack("uz-ru")


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Kutubxonada  tarmog`i bor", "Kutubxonada tarmogʻi bor"),
        ("Тoshkent shahri", "Toshkent shahri"),  # the T is Cyrillic
        ("O'zbekiston ma’nosi", "Oʻzbekiston maʼnosi"),
    ],
)
def test_prompts_are_cleaned(written: str, shown: str) -> None:
    assert clean_prompt(written, PACK) == shown


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("12 ta olma", "figures"),
        ("a", "characters"),
        ("soʻz " * 60, "characters"),
        ("narxi 100% ekan", "figures"),
        ("yoz @nick ga", "symbols"),
        ("Größe ñandú 中文", "letters"),
    ],
)
def test_what_cannot_be_read_in_one_way_stays_out(text: str, reason: str) -> None:
    with pytest.raises(PromptError, match=reason):
        clean_prompt(text, PACK)


@given(st.text(max_size=80))
def test_a_cleaned_prompt_stays_as_it_is(text: str) -> None:
    try:
        cleaned = clean_prompt(text, PACK)
    except PromptError:
        return
    assert clean_prompt(cleaned, PACK) == cleaned


def test_near_duplicates_are_found() -> None:
    known = NearDuplicates()
    known.add("bolalar hovlida koptok oʻynab yuribdi")
    assert known.find("bolalar hovlida koptok oʻynab yurdi")
    assert known.find("bolalar maktabda kitob oʻqib oʻtiribdi") is None


@pytest.mark.parametrize(("name", "least"), [("uz-ru", 60), ("kk", 30), ("vi", 30)])
def test_own_packs_are_readable_and_unlike(tmp_path: Path, name: str, least: int) -> None:
    pack = load_pack(name)

    async def add(transactions: Transactions) -> None:
        async with transactions.begin() as session:
            added, refused = await add_prompts(session, own_packs(name), pack)
            assert refused == []
            assert added > least
        async with transactions.begin() as session:
            assert await add_prompts(session, own_packs(name), pack) == (0, [])

    asyncio.run(with_database(tmp_path, add))


async def with_database(folder: Path, work, *arguments) -> None:
    transactions = open_database(f"sqlite+aiosqlite:///{folder / 'c.sqlite3'}")
    await migrate(transactions)
    try:
        await work(transactions, *arguments)
    finally:
        await transactions.close()


def test_a_bad_pack_is_named(tmp_path: Path) -> None:
    file = tmp_path / "pack.yaml"
    with pytest.raises(PromptPackError, match=str(file)):
        read_pack(file)
    file.write_text("name: x\nlanguage: de\nprompts: [salom]\n", "utf-8")
    with pytest.raises(PromptPackError, match="language"):
        read_pack(file)


def test_no_prompt_is_read_too_often_or_twice_by_one(tmp_path: Path) -> None:
    async def read(transactions: Transactions) -> None:
        coverage = Coverage(PACK)
        async with transactions.begin() as session:
            await add_prompts(session, [make_pack()], PACK)
            speakers = [
                await agree(session, number, Tongue.UZBEK, SpeechLicence.CC0) for number in range(5)
            ]
        taken: Counter[str] = Counter()
        for speaker in speakers * len(SENTENCES):
            async with transactions.begin() as session:
                clip = await assign(session, speaker, coverage, 3)
            if clip is not None:
                taken[clip.prompt_id] += 1
        assert len(taken) == len(SENTENCES)
        assert set(taken.values()) == {3}

    asyncio.run(with_database(tmp_path, read))


def test_rare_words_come_first() -> None:
    coverage = Coverage(PACK)
    common = Prompt(id="1", text="salom salom", taken=0)
    rare = Prompt(id="2", text="qovun quritib", taken=0)
    coverage.count(common, 5)
    assert coverage.rank([common, rare]) == [rare, common]


def test_dialects_and_campaigns_choose(tmp_path: Path) -> None:
    async def read(transactions: Transactions) -> None:
        coverage = Coverage(PACK)
        packs = [
            make_pack(SENTENCES[:6]),
            make_pack(SENTENCES[6:7], name="kh", dialect="khorezm"),
            make_pack(SENTENCES[7:8], name="tel", domain="telephone"),
        ]
        async with transactions.begin() as session:
            await add_prompts(session, packs, PACK)
            tashkent = await agree(session, 1, Tongue.UZBEK, SpeechLicence.CC0)
            khorezm = await agree(session, 2, Tongue.UZBEK, SpeechLicence.CC0)
            tashkent.dialect, khorezm.dialect = "tashkent", "khorezm"
            session.add(Campaign(title="t", target=5, dialect="khorezm", domain="telephone"))
        async with transactions.begin() as session:
            first = await assign(session, khorezm, coverage, 9)
            assert first is not None
            assert first.prompt.pack == "tel"
            packs_read = set()
            for _ in range(8):
                if clip := await assign(session, tashkent, coverage, 9):
                    packs_read.add(clip.prompt.pack)
            assert packs_read == {"test", "tel"}
            assert await session.scalar(select(func.sum(Prompt.taken))) == 8

    asyncio.run(with_database(tmp_path, read))
