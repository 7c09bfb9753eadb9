"""Could DBOS Transact carry the jobs of the service? The faults that concern jobs, tried on it.

    python -m venv TRIAL && TRIAL/bin/pip install dbos==3.4.0 typer
    TRIAL/bin/python -m benchmarks.job_engine [--postgres postgresql://postgres@127.0.0.1/postgres]

A recording is a queued workflow with one step, which sleeps and writes a line to a file; a webhook
is a step with retries. Workers are processes of their own. Each fault is tried on SQLite and on
PostgreSQL; the docs say what came of it beside our own tables (``docs/serving.md``).
"""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import psycopg
import typer
from dbos import DBOS, DBOSConfig, SetWorkflowID
from sqlalchemy import make_url

from tests.service.line import Line

QUEUE: Final = "recordings"
STEP_S: Final = 0.5
PATIENCE_S: Final = 20.0
VERSION: Final = "1"


@DBOS.step()
def recognise(log: str, name: str, seconds: float) -> str:
    """The work: a line in ``log`` when it begins and one when it ends."""
    for moment in ("begun", "done"):
        with Path(log).open("a") as file:
            file.write(f"{moment} {name}\n")
        if moment == "begun":
            time.sleep(seconds)
    return name


@DBOS.step(retries_allowed=True, max_attempts=8, interval_seconds=2.0)
def tell(log: str, name: str) -> None:
    """A webhook whose receiver refuses."""
    with Path(log).open("a") as file:
        file.write(f"told {name}\n")
    raise ConnectionError(name)


@DBOS.workflow()
def recording(log: str, name: str, seconds: float) -> str:
    """One recording of a job."""
    return recognise(log, name, seconds)


@DBOS.workflow()
def webhook(log: str, name: str) -> None:
    """One webhook."""
    tell(log, name)


def launched(url: str, executor: str, version: str = VERSION, *, works: bool = True) -> None:
    """DBOS in this process."""
    config: DBOSConfig = {
        "name": "ovoz-trial",
        "system_database_url": url,
        "executor_id": executor,
        "application_version": version,
        "log_level": "CRITICAL",
    }
    DBOS(config=config)
    if not works:
        DBOS.listen_queues([])
    DBOS.launch()
    DBOS.register_queue(QUEUE, worker_concurrency=2)


def worker(url: str, executor: str, version: str) -> None:
    """A process that works until it is killed."""
    began = time.monotonic()
    launched(url, executor, version)
    print(f"{time.monotonic() - began:.2f}", flush=True)
    if executor.startswith("recover:"):
        DBOS._recover_pending_workflows([executor.removeprefix("recover:")])
    while True:
        time.sleep(1)


class Trial:
    """One database, one log, the workers on it."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.log = folder / "log"
        self.log.touch()
        self.workers: list[subprocess.Popen[str]] = []

    def start(self, executor: str, version: str = VERSION, url: str | None = None) -> float:
        """Start a worker; seconds until it is launched."""
        command = [sys.executable, "-m", "benchmarks.job_engine", "--worker"]
        process = subprocess.Popen(
            [*command, url or self.url, executor, version], stdout=subprocess.PIPE, text=True
        )
        self.workers.append(process)
        assert process.stdout is not None
        began = time.monotonic()
        assert process.stdout.readline()
        return time.monotonic() - began

    def ask(self, names: list[str], seconds: float = STEP_S, *, hooks: bool = False) -> float:
        """Queue recordings by a process of its own; how long it took without its start."""
        told = json.dumps({"names": names, "seconds": seconds, "hooks": hooks})
        command = [sys.executable, "-m", "benchmarks.job_engine", "--ask", self.url, str(self.log)]
        asked = subprocess.run([*command, told], stdout=subprocess.PIPE, text=True, check=True)
        return float(asked.stdout)

    def counts(self, moment: str) -> Counter[str]:
        """How often each recording was begun, done or told of."""
        lines = (line.split() for line in self.log.read_text().splitlines())
        return Counter(name for kind, name in lines if kind == moment)

    def waited(self, wanted: int, patience_s: float = PATIENCE_S) -> tuple[int, float]:
        """Recordings done, and the time it took; ``patience_s`` at most."""
        began = time.monotonic()
        while len(self.counts("done")) < wanted and time.monotonic() - began < patience_s:
            time.sleep(0.1)
        return len(self.counts("done")), time.monotonic() - began

    def until(self, moment: str, count: int) -> None:
        """Wait for so many lines of the log."""
        began = time.monotonic()
        while self.counts(moment).total() < count:
            assert time.monotonic() - began < PATIENCE_S, f"not {moment} {count} times"
            time.sleep(0.05)

    def end(self) -> None:
        """Kill what still runs."""
        for process in self.workers:
            with suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
            process.wait()


def asked(url: str, log: str, told: str) -> None:
    """Queue what ``told`` says, and print how long that took."""
    launched(url, f"asker-{uuid.uuid4().hex[:6]}", works=False)
    given = json.loads(told)
    began = time.monotonic()
    for name in given["names"]:
        with SetWorkflowID(name):
            if given["hooks"]:
                DBOS.enqueue_workflow(QUEUE, webhook, log, name)
            else:
                DBOS.enqueue_workflow(QUEUE, recording, log, name, given["seconds"])
    print(f"{time.monotonic() - began:.2f}")
    sys.stdout.flush()
    os._exit(0)


def names(count: int) -> list[str]:
    """New names."""
    return [uuid.uuid4().hex for _ in range(count)]


def start_up(trial: Trial) -> str:
    """A fresh database, then one that is there."""
    return f"fresh {trial.start('a'):.1f} s, again {trial.start('b'):.1f} s"


def killed(trial: Trial) -> str:
    """One of two workers is killed in the middle of its work."""
    trial.start("a")
    trial.start("b")
    trial.ask(names(12), 2.0)
    trial.until("begun", 4)
    trial.workers[0].kill()
    done, _ = trial.waited(12)
    trial.start("a")
    after, took_s = trial.waited(12)
    return f"{done} of 12 in 20 s; {after} after its own name came back ({took_s:.0f} s)"


def taken_for_dead(trial: Trial) -> str:
    """A worker is stopped, its work recovered by another, then it goes on."""
    trial.start("a")
    trial.ask(names(2), 4.0)
    trial.until("begun", 2)
    trial.workers[0].send_signal(signal.SIGSTOP)
    trial.start("recover:a")
    time.sleep(2)
    trial.workers[0].send_signal(signal.SIGCONT)
    time.sleep(9)
    begun, done = (trial.counts(moment).total() for moment in ("begun", "done"))
    return f"2 recordings: begun {begun}, done {done} times"


def twice(trial: Trial) -> str:
    """The same recordings are asked for by several callers."""
    trial.start("a")
    trial.start("b")
    same = names(6)
    for _ in range(3):
        trial.ask(same, 0.2)
    trial.waited(6)
    time.sleep(2)
    return f"6 recordings: done {trial.counts('done').total()} times"


def upgraded(trial: Trial) -> str:
    """Recordings wait while the version of the application changes."""
    trial.ask(names(4))
    trial.start("a", "2")
    done, _ = trial.waited(4)
    return f"{done} of 4 done by the next version in 20 s"


def refused_hooks(trial: Trial) -> str:
    """Two receivers that refuse, then ten recordings; a kill between two tries."""
    trial.start("a")
    trial.ask(names(2), hooks=True)
    trial.until("told", 4)
    trial.ask(names(10), 0.1)
    done, _ = trial.waited(10, 15)
    before = trial.counts("told").total()
    trial.workers[0].kill()
    trial.start("a")
    time.sleep(6)
    told = trial.counts("told").total() - before
    return f"{done} of 10 recordings beside them in 15 s; after a kill {told} tries in 6 s"


def away(fault: str) -> Callable[[Trial], str]:
    """The database freezes, or drops what is sent without a word, for ten seconds."""

    def tried(trial: Trial) -> str:
        url = make_url(trial.url)
        if url.get_backend_name() == "sqlite":
            return "" if fault == "drop" else locked(trial)
        line = Line(url.port or 5432)
        through = url.set(port=line.port, host="127.0.0.1").render_as_string(hide_password=False)
        trial.start("a", url=through)
        trial.ask(names(4), 1.0)
        trial.until("begun", 1)
        getattr(line, fault)()
        time.sleep(10)
        line.restore()
        done, took_s = trial.waited(4, 90)
        later = names(2)
        trial.ask(later, 0.1)
        more, _ = trial.waited(done + 2, 30)
        return f"{done} of 4 after {took_s:.0f} s; then {more - done} of 2 new ones"

    return tried


def locked(trial: Trial) -> str:
    """SQLite's writers' lock is held elsewhere for ten seconds."""
    trial.start("a")
    trial.ask(names(4), 1.0)
    holder = sqlite3.connect(str(make_url(trial.url).database), isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    time.sleep(10)
    holder.execute("COMMIT")
    done, took_s = trial.waited(4, 60)
    return f"{done} of 4 after {took_s:.0f} s"


TRIALS: Final[dict[str, Callable[[Trial], str]]] = {
    "start": start_up,
    "kill -9 of one of two workers": killed,
    "worker taken for dead, then goes on": taken_for_dead,
    "the same asked for three times": twice,
    "recordings wait over an upgrade": upgraded,
    "webhooks refused": refused_hooks,
    "database frozen or locked for 10 s": away("freeze"),
    "database drops packets for 10 s": away("drop"),
}


@contextmanager
def database(kind: str, postgres: str, folder: Path) -> Iterator[str]:
    """The URL of a new database."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'trial.sqlite'}"
        return
    name = f"trial_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield make_url(postgres).set(database=name).render_as_string(hide_password=False)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def main(postgres: str = "postgresql://postgres@127.0.0.1:5432/postgres", only: str = "") -> None:
    """Try each fault on both databases and print what came of it."""
    print("| fault | SQLite | PostgreSQL |\n| --- | --- | --- |")
    for title, tried in TRIALS.items():
        if only not in title:
            continue
        cells = [title]
        for kind in ("sqlite", "postgresql"):
            with (
                tempfile.TemporaryDirectory() as folder,
                database(kind, postgres, Path(folder)) as url,
            ):
                trial = Trial(url, Path(folder))
                try:
                    cells.append(tried(trial))
                except AssertionError as error:
                    cells.append(f"failed: {error}")
                finally:
                    trial.end()
        print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    arguments: list[Any] = sys.argv[1:]
    if arguments[:1] == ["--worker"]:
        worker(*arguments[1:])
    elif arguments[:1] == ["--ask"]:
        asked(*arguments[1:])
    else:
        typer.run(main)
