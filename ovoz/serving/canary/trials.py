"""Trials of canaries in a database: the evidence of all processes, and what it decided.

One row for each time that a version holds the alias of canaries beside a version in production.
Processes add what they counted, each under the row's lock, so none is lost by a restart and the
decision is made once, on the evidence of all.
"""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Float,
    Index,
    Integer,
    MetaData,
    RowMapping,
    String,
    Table,
    Text,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from ovoz.canary.evidence import CanaryVerdict, Evidence, decide
from ovoz.canary.policy import CanaryPolicy, Decision
from ovoz.canary.wealth import log_evidence
from ovoz.serving.jobs.database import WRITES, open_engine

_NAME: Final = 250
_TABLES: Final = MetaData()
_TRIALS: Final = Table(
    "ovoz_canary_trials",
    _TABLES,
    Column("id", Integer, primary_key=True),
    Column("model", String(_NAME), nullable=False),
    Column("canary", String(_NAME), nullable=False),
    Column("production", String(_NAME), nullable=False),
    Column("policy", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("started", String(40), nullable=False),
    Column("ended", String(40)),
)
Index(
    "ovoz_canary_running",
    _TRIALS.c.model, _TRIALS.c.canary, _TRIALS.c.production,
    unique=True,
    sqlite_where=_TRIALS.c.ended.is_(None),
    postgresql_where=_TRIALS.c.ended.is_(None),
)  # fmt: skip
_LOOKS: Final = Table(
    "ovoz_canary_looks",
    _TABLES,
    Column("id", Integer, primary_key=True),
    Column("trial", Integer, nullable=False, index=True),
    Column("at", String(40), nullable=False),
    Column("requests", Integer, nullable=False),
    Column("worse", Float, nullable=False),
    Column("within", Float, nullable=False),
)
_LOOK_EVERY: Final = dt.timedelta(minutes=1)
_MOST_LOOKS: Final = 400
_MOST_TRIALS: Final = 20


@dataclass(frozen=True, slots=True)
class Contest:
    """A version of a model that is tried beside another one, by their numbers in the registry."""

    model: str
    canary: str
    production: str


@dataclass(frozen=True, slots=True)
class Trial:
    """A contest as it stands; ``ended`` once the canary or production is another version."""

    number: int
    contest: Contest
    evidence: Evidence
    verdict: CanaryVerdict
    started: str
    ended: str | None


@dataclass(frozen=True, slots=True)
class Look:
    """What was known at a time: requests of the canary, and natural logarithms of two e-values.

    ``worse`` is the most of the measures that roll back, ``within`` the least of those that
    promote.
    """

    at: str
    requests: int
    worse: float
    within: float


class Trials:
    """The trials in one database. All methods block, and raise SQLAlchemyError.

    Args:
        engine: Connections to it.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine.execution_options(**{WRITES: True})
        self._is_prepared = False

    @classmethod
    def at(cls, address: str, folder: Path) -> "Trials":
        """Those in the database at ``address``, by default in a file in ``folder``.

        Raises:
            OSError: The file cannot be created.
        """
        if not address:
            folder.mkdir(parents=True, exist_ok=True)
        return cls(open_engine(address or f"sqlite:///{folder / 'canary.sqlite3'}"))

    def open(self, contest: Contest, policy: CanaryPolicy) -> Trial:
        """The trial that runs, or a new one."""
        try:
            return self._open(contest, policy)
        except IntegrityError:  # another process has just begun it
            return self._open(contest, policy)

    def _open(self, contest: Contest, policy: CanaryPolicy) -> Trial:
        with self._begin() as connection:
            row = _running(connection, contest)
            return _read(row) if row else _start(connection, contest, policy)

    def add(self, number: int, counted: Evidence, policy: CanaryPolicy) -> Trial:
        """Add what was counted; the verdict is made anew, but a roll-back stays."""
        chosen = select(_TRIALS).where(_TRIALS.c.id == number).with_for_update()
        with self._begin() as connection:
            trial = _read(connection.execute(chosen).mappings().one())
            if counted.is_empty or trial.ended:
                return trial
            evidence = trial.evidence.joined(counted)
            verdict = _settled(trial.verdict, decide(evidence, policy))
            written = {
                "evidence": evidence.model_dump_json(),
                "verdict": verdict.model_dump_json(),
            }
            connection.execute(update(_TRIALS).where(_TRIALS.c.id == number).values(written))
            if verdict != trial.verdict or _is_due(connection, number):
                connection.execute(insert(_LOOKS).values(_look(number, evidence, policy)))
        return Trial(number, trial.contest, evidence, verdict, trial.started, None)

    def end(self, number: int) -> None:
        """Note that a trial is over; what it decided stays to be read."""
        ending = update(_TRIALS).where(_TRIALS.c.id == number, _TRIALS.c.ended.is_(None))
        with self._begin() as connection:
            connection.execute(ending.values(ended=_now()))

    def latest(self, model: str) -> list[Trial]:
        """The last trials of a model, the newest first."""
        chosen = select(_TRIALS).where(_TRIALS.c.model == model).order_by(_TRIALS.c.id.desc())
        with self._begin() as connection:
            rows = connection.execute(chosen.limit(_MOST_TRIALS)).mappings().all()
        return [_read(row) for row in rows]

    def looks(self, number: int) -> list[Look]:
        """How the evidence of a trial grew, once a minute, the oldest first; the last of many."""
        chosen = select(_LOOKS).where(_LOOKS.c.trial == number).order_by(_LOOKS.c.id.desc())
        with self._begin() as connection:
            rows = connection.execute(chosen.limit(_MOST_LOOKS)).mappings().all()
        return [
            Look(row["at"], row["requests"], row["worse"], row["within"]) for row in reversed(rows)
        ]

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    @contextmanager
    def _begin(self) -> Iterator[Connection]:
        with self._engine.begin() as connection:
            if not self._is_prepared:
                _TABLES.create_all(connection)
                self._is_prepared = True
            yield connection


def _is_due(connection: Connection, number: int) -> bool:
    """Whether the last look at a trial is a minute old; one row a second would be too many."""
    last = connection.execute(select(func.max(_LOOKS.c.at)).where(_LOOKS.c.trial == number))
    at = last.scalar_one()
    return at is None or dt.datetime.now(dt.UTC) - dt.datetime.fromisoformat(at) >= _LOOK_EVERY


def _look(number: int, evidence: Evidence, policy: CanaryPolicy) -> dict[str, str | int | float]:
    known = evidence.measures
    worse = [log_evidence(known[one].worse) for one in policy.rolls_back if one in known]
    within = [log_evidence(known[one].within) if one in known else 0.0 for one in policy.promotes]
    return {
        "trial": number,
        "at": _now(),
        "requests": evidence.requests,
        "worse": max(worse, default=0.0),
        "within": min(within),
    }


def _settled(before: CanaryVerdict, now: CanaryVerdict) -> CanaryVerdict:
    """A test that has rejected has rejected, whatever comes later; a roll-back comes first."""
    if before.decision is Decision.ROLL_BACK or now.decision is Decision.UNDECIDED:
        return before
    return now


def _running(connection: Connection, contest: Contest) -> RowMapping | None:
    columns = _TRIALS.c
    chosen = select(_TRIALS).where(
        columns.model == contest.model,
        columns.canary == contest.canary,
        columns.production == contest.production,
        columns.ended.is_(None),
    )
    return connection.execute(chosen).mappings().one_or_none()


def _start(connection: Connection, contest: Contest, policy: CanaryPolicy) -> Trial:
    evidence, verdict, started = Evidence(), CanaryVerdict(), _now()
    values = {
        "model": contest.model,
        "canary": contest.canary,
        "production": contest.production,
        "policy": policy.model_dump_json(),
        "evidence": evidence.model_dump_json(),
        "verdict": verdict.model_dump_json(),
        "started": started,
    }
    (number,) = connection.execute(insert(_TRIALS).values(values)).inserted_primary_key or (0,)
    return Trial(number, contest, evidence, verdict, started, None)


def _read(row: RowMapping) -> Trial:
    return Trial(
        number=row["id"],
        contest=Contest(row["model"], row["canary"], row["production"]),
        evidence=Evidence.model_validate_json(row["evidence"]),
        verdict=CanaryVerdict.model_validate_json(row["verdict"]),
        started=row["started"],
        ended=row["ended"],
    )


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
