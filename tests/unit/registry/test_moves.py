"""Moves of aliases by several processes, and by killed ones, on SQLite and on a server."""

import itertools
import multiprocessing
import os
import shutil
import signal
import uuid
from contextlib import nullcontext
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovoz.registry.journal import JournalEntry, keep_valid
from ovoz.registry.registry import Registry
from ovoz.registry.settings import RegistrySettings
from ovoz.registry.store import ModelStore
from ovoz.registry.version import ConcurrentMoveError, Move, PlannedMove, UnknownVersionError
from ovoz.registry.version_tags import WITHDRAWN_TAG

from .conftest import judged

WRITES = ("create_version", "set_tags", "set_alias", "write_tag")
FORK = multiprocessing.get_context("fork")


def entry(number: int, after: int) -> JournalEntry:
    move = Move(kind="promotion", version="1", alias="staging", who="a", when="b", why="c")
    return JournalEntry(number, PlannedMove(move=move, aliases={}, tags={}, after=after), done=True)


@given(st.lists(st.integers(0, 8), max_size=9), st.randoms())
def test_of_moves_planned_at_the_same_time_one_counts(known: list[int], order) -> None:
    entries = [entry(number, min(after, number - 1)) for number, after in enumerate(known, 1)]
    order.shuffle(entries)
    valid = keep_valid(entries)
    for earlier, later in itertools.pairwise(valid):
        assert earlier.number <= later.plan.after < later.number
    for refused in [one for one in entries if one not in valid]:
        assert any(refused.plan.after < one.number < refused.number for one in valid)


def test_a_deleted_entry_invalidates_no_other() -> None:
    entries = [entry(1, 0), entry(2, 1), entry(4, 3), entry(5, 4)]
    assert keep_valid(entries) == entries


def anew(registry: Registry, state: dict[str, str], folder: Path, number: int) -> Registry:
    """The registry with its aliases as in ``state``.

    A local one is copied to a database that no process has opened: connections to SQLite must not
    live through a fork. On a server the aliases are put back by hand.
    """
    if (database := registry.settings.database()) is None:
        for alias in ("candidate", "staging", "canary", "production", "previous"):
            registry._store.set_alias(alias, state.get(alias))
        for row in registry.versions():
            registry._store.set_tags(row.version, {WITHDRAWN_TAG: None})
        return registry
    shutil.copy(database, copy := folder / f"{number}.db")
    return Registry(registry.settings.model_copy(update={"tracking_uri": f"sqlite:///{copy}"}))


def run_killed_at(settings: RegistrySettings, work: str, writes: int) -> bool:
    """Do ``work`` in a process that is killed before its write ``writes``; whether it was."""

    def body() -> None:
        left = writes

        def killing(write):
            def counted(*arguments, **named):
                nonlocal left
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                left -= 1
                return write(*arguments, **named)

            return counted

        for name in WRITES:
            setattr(ModelStore, name, killing(getattr(ModelStore, name)))
        WORK[work](Registry(settings))

    process = FORK.Process(target=body)
    process.start()
    process.join(120)
    assert process.exitcode in (0, -signal.SIGKILL)
    return process.exitcode != 0


def promote_second(registry: Registry) -> None:
    registry.promote("2", "production", judged(), who="anna", why="better")


def roll_back(registry: Registry) -> None:
    registry.roll_back(who="anna", why="slow")


WORK = {"promote": promote_second, "roll back": roll_back}
BEFORE = {
    "promote": {"candidate": "2", "staging": "2", "production": "1"},
    "roll back": {"candidate": "2", "staging": "2", "previous": "1", "production": "2"},
}
AFTER = {
    "promote": {"candidate": "2", "staging": "2", "previous": "1", "production": "2"},
    "roll back": {"candidate": "2", "staging": "2", "production": "1"},
}


def filled(registry: Registry, first: Path, second: Path) -> Registry:
    """With version 1 in production and version 2 staged."""
    registry.register(first, {})
    for alias in ("staging", "production"):
        registry.promote("1", alias, judged(), who="anna", why="first")
    registry.register(second, {})
    registry.promote("2", "staging", judged(), who="anna", why="good")
    return registry


@pytest.fixture(scope="module")
def local(
    empty_database: Path, artifact, other_artifact, tmp_path_factory: pytest.TempPathFactory
) -> RegistrySettings:
    """A filled registry on SQLite: registering takes longer than the tests."""
    folder = tmp_path_factory.mktemp("filled")
    shutil.copy(empty_database, folder / "mlflow.db")
    uri, files = f"sqlite:///{folder}/mlflow.db", str(folder / "files")
    opened = Registry(RegistrySettings(tracking_uri=uri, artifacts=files))
    return filled(opened, artifact, other_artifact).settings


@pytest.fixture(params=["sqlite", pytest.param("server", marks=pytest.mark.slow)])
def two(
    request: pytest.FixtureRequest, tmp_path: Path, artifact: Path, other_artifact: Path
) -> Registry:
    """Version 1 in production, version 2 staged."""
    if request.param == "sqlite":
        settings = request.getfixturevalue("local")
        shutil.copy(settings.database(), tmp_path / "mlflow.db")
        uri = f"sqlite:///{tmp_path}/mlflow.db"
        return Registry(settings.model_copy(update={"tracking_uri": uri}))
    settings = request.getfixturevalue("server")
    empty = Registry(settings.model_copy(update={"model": f"ovoz-{uuid.uuid4().hex[:8]}"}))
    return filled(empty, artifact, other_artifact)


@pytest.mark.slow
@pytest.mark.parametrize("work", list(WORK))
def test_killed_at_any_write_it_is_consistent_and_a_rerun_completes_it(
    two: Registry, work: str, tmp_path: Path
) -> None:
    if work == "roll back":
        promote_second(two)
    for killed in itertools.count():
        opened = anew(two, BEFORE[work], tmp_path, killed)
        before = len(opened.moves())
        was_killed = run_killed_at(opened.settings, work, killed)
        held = opened.aliases()
        if not was_killed:
            break
        # Nobody is ever served half of a move: production is one of the two versions.
        assert held["production"] in ("1", "2")
        assert opened.resolve("production").version == held["production"]
        assert (opened.unfinished_move() is None) is (killed == 0)
        assert killed > 0 or held == BEFORE[work]
        WORK[work](opened)
        assert opened.aliases() == AFTER[work]
        assert opened.unfinished_move() is None
        assert len(opened.moves()) == before + 1  # made once, whatever was repeated
    assert killed >= 5
    assert held == AFTER[work]


def test_processes_that_promote_at_once_do_not_interleave(
    two: Registry, third_artifact, tmp_path: Path
) -> None:
    two.register(third_artifact, {})
    two.promote("3", "staging", judged(), who="a", why="b")
    held = two.aliases()
    registry = anew(two, held, tmp_path, 0)
    start = FORK.Barrier(2)
    outcomes = FORK.Queue()

    def body(version: str) -> None:
        mine = Registry(registry.settings)
        start.wait(60)
        try:
            mine.promote(version, "production", judged(), who="a", why="b", since=held)
            outcomes.put((version, "promoted"))
        except ConcurrentMoveError:
            outcomes.put((version, "refused"))

    processes = [FORK.Process(target=body, args=(version,)) for version in ("2", "3")]
    for process in processes:
        process.start()
    told = dict(outcomes.get(timeout=120) for _ in processes)
    for process in processes:
        process.join(60)
    assert sorted(told.values()) == ["promoted", "refused"]
    (winner,) = [version for version, outcome in told.items() if outcome == "promoted"]
    after = registry.aliases()
    assert (after["production"], after["previous"]) == (winner, "1")
    # The loser's gates were judged against version 1: judged again, it may go.
    (loser,) = set(told) - {winner}
    registry.promote(loser, "production", judged(), who="a", why="b", since=after)
    assert registry.aliases()["previous"] == winner


def test_a_move_that_slept_does_not_undo_a_later_one(two: Registry, monkeypatch) -> None:
    """Without the lock, as on a server: while one process sleeps, another one moves on."""
    set_alias = ModelStore.set_alias
    other = Registry(two.settings)
    slept = []

    def sleepy(store: ModelStore, alias: str, version: str | None) -> None:
        if alias == "production" and not slept:
            slept.append(alias)
            monkeypatch.setattr(other._moves, "alone", nullcontext)
            other.promote("2", "staging", judged(), who="b", why="completes what was cut off")
            other.roll_back(who="b", why="and takes it back")
            other.promote("1", "canary", judged(), who="b", why="another alias")
        set_alias(store, alias, version)

    monkeypatch.setattr(ModelStore, "set_alias", sleepy)
    promote_second(two)
    assert two.aliases()["production"] == "1"
    assert "previous" not in two.aliases()
    kinds = [move.kind for move in two.moves()]
    assert kinds == ["promotion"] * 4 + ["roll-back", "promotion"]
    assert two.aliases()["canary"] == "1"


def test_two_planned_at_once_on_a_server(two: Registry, monkeypatch) -> None:
    """The optimistic check alone, without the lock of this machine."""
    journal = two._moves._journal
    plan = PlannedMove(
        move=Move(kind="promotion", version="2", alias="canary", who="a", when="b", why="c"),
        aliases={"canary": "2"},
        tags={},
        after=two._moves.position(),
    )
    two._moves.make(plan)
    with pytest.raises(ConcurrentMoveError, match="at the same moment"):
        two._moves.make(plan.model_copy(update={"aliases": {"canary": "1"}}))
    assert two.aliases()["canary"] == "2"
    assert journal.valid()[-1].done


def test_the_journal_tells_every_move(two: Registry) -> None:
    promote_second(two)
    roll_back(two)
    told = [move.told for move in two.moves()]
    assert told[-2:] == [
        "version 2 → production by anna: better (in place of version 1)",
        "version 2 withdrawn by anna: slow (production is version 1 again)",
    ]
    assert len(told) == 5


def test_an_alias_deleted_by_hand_is_named_and_promoted_anew(two: Registry) -> None:
    two._store.set_alias("production", None)
    with pytest.raises(UnknownVersionError, match="no version of"):
        two.resolve("production")
    promote_second(two)
    assert two.resolve("production").version == "2"
