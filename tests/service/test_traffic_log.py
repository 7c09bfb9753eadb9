"""The traffic log: every way in is logged, nothing of a caller is, and no fault stops anything."""

import asyncio
import datetime as dt
import hashlib
import io
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
import soundfile as sf

from ovoz.audio.measures import measure
from ovoz.decoding.hypothesis import DecodedWord
from ovoz.engine.transcript import Transcript, build_transcript
from ovoz.monitoring import hour_files
from ovoz.monitoring.hour_files import TRAFFIC, TRAFFIC_SCHEMA, HourFiles
from ovoz.monitoring.traffic import Way, describe_segment
from ovoz.serving.auth.api_keys import ApiKeys
from ovoz.serving.inference.local_model import LocalModel
from ovoz.serving.live import session
from ovoz.serving.middleware.access_log import AccessLog
from ovoz.serving.recognition import Recognition
from ovoz.serving.telemetry.row_log import delete_old_days
from ovoz.serving.telemetry.traffic_log import TrafficLog
from ovoz.streaming.session import StreamingSession
from tests.planted import SECRETS, WORDS
from tests.service.over_http import served_api
from tests.service.settings import settings_with

from ..unit.streaming.coded_speech import Level
from .live.clients import Client, silence


class Planted:
    """A model that hears names and numbers."""

    batch_frames = 0

    def __init__(self, info: Any) -> None:
        self.info = info

    def transcribe_all(self, batch: list[Any]) -> list[Transcript]:
        decoded = [
            DecodedWord(word, 0, 1, 0.9, 0.9) for secret in SECRETS for word in secret.split()
        ]
        return [
            build_transcript(
                decoded, frame_s=0.02, duration_s=len(one.samples) / 16_000, model_version="planted"
            )
            for one in batch
        ]


def recognition(text: str = "salom") -> Recognition:
    decoded = [DecodedWord(word, 0, 1, 0.9, 0.9) for word in text.split()]
    transcript = build_transcript(decoded, frame_s=0.02, duration_s=1.0, model_version="tiny-1")
    sound = np.random.default_rng(1).normal(0, 0.1, 16_000).astype(np.float32)
    return Recognition(transcript, 1.0, 12.0, "", "r", measures=measure(sound))


def opened(folder: Path, flush_s: float = 3600, most: int = 1000) -> TrafficLog:
    return TrafficLog(folder, flush_s=flush_s, keep_days=30, max_waiting=most)


def rows(folder: Path) -> list[dict[str, Any]]:
    files = sorted(folder.rglob("*.parquet"))
    return [row for file in files for row in pq.ParquetFile(file).read().to_pylist()]


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_row_has_features_and_nothing_else(tmp_path: Path) -> None:
    log = opened(tmp_path)
    log.add(recognition("salom banknі да да"), Way.HTTP, "anna")
    log.add(replace(recognition(), measures=None), Way.HTTP, "anna")  # from the cache
    log.close()
    (row,) = rows(tmp_path)
    assert list(row) == TRAFFIC_SCHEMA.names
    assert (row["words"], row["way"], row["model_version"]) == (4, "http", "tiny-1")
    assert row["duration_s"] == 1.0
    assert row["heard_at"].second == 0
    (file,) = tmp_path.rglob("*.parquet")
    assert f"{row['heard_at']:date=%Y-%m-%d/hour=%H}" in file.as_posix()
    assert ds.dataset(tmp_path, partitioning="hive").to_table().num_rows == 1


def test_flushes_of_an_hour_share_a_file_that_does_not_grow_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hour_files, "_ROWS_PER_FILE", 3)
    hour = dt.datetime(2026, 3, 1, 7, 5, tzinfo=dt.UTC)
    row = describe_segment(recognition().transcript, recognition().measures, Way.HTTP, 1, 7)
    files = HourFiles(tmp_path, TRAFFIC)
    for _ in range(5):
        assert files.append([replace(row, heard_at=hour)]) == (1, "")
    assert len(rows(tmp_path)) == 5
    assert len(list(tmp_path.rglob("*.parquet"))) == 2


def test_a_clock_that_steps_back_loses_no_row(tmp_path: Path) -> None:
    row = describe_segment(recognition().transcript, recognition().measures, Way.HTTP, 1, 7)
    hours = [dt.datetime(2026, 3, 1, hour, tzinfo=dt.UTC) for hour in (7, 8, 7)]
    files = HourFiles(tmp_path, TRAFFIC)
    assert files.append([replace(row, heard_at=hour) for hour in hours]) == (3, "")
    assert sorted(one["heard_at"].hour for one in rows(tmp_path)) == [7, 7, 8]


def test_a_folder_that_cannot_be_written_keeps_rows_waiting(tmp_path: Path, caplog) -> None:
    folder = tmp_path / "traffic"
    folder.write_text("a file where the folder should be")
    log = opened(folder, most=2)
    for _ in range(5):
        log.add(recognition(), Way.HTTP, "anna")
    assert not log.flush()
    assert not log.flush()
    assert rows(tmp_path) == []
    told = [one.getMessage() for one in caplog.records]
    assert len(told) == 1, "one line for each change"
    assert "2 rows wait" in told[0]
    folder.unlink()
    assert log.flush()
    log.close()
    assert len(rows(folder)) == 2
    assert "3 rows were lost" in caplog.records[-1].getMessage()


def test_a_full_disk_is_survived(tmp_path: Path, caplog) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)])
    if mounted.returncode:
        pytest.skip("no small disk can be mounted here")
    try:
        stone = disk / "stone"
        with pytest.raises(OSError, match="No space"):
            stone.write_bytes(bytes(100_000))
        log = opened(disk / "traffic")
        log.add(recognition(), Way.HTTP, "anna")
        assert not log.flush()
        assert "the disk is full" in caplog.records[-1].getMessage()
        stone.unlink()
        assert log.flush()
        log.close()
        assert len(rows(disk)) == 1
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_killed_process_leaves_whole_files(tmp_path: Path) -> None:
    code = (
        "import pathlib, sys, time\n"
        "import numpy as np\n"
        "from ovoz.audio.measures import measure\n"
        "from ovoz.engine.transcript import build_transcript\n"
        "from ovoz.monitoring.traffic import Way\n"
        "from ovoz.serving.recognition import Recognition\n"
        "from ovoz.serving.telemetry.traffic_log import TrafficLog\n"
        "heard = build_transcript([], frame_s=0.02, duration_s=1.0, model_version='tiny-1')\n"
        "measures = measure(np.zeros(16_000, np.float32))\n"
        "one = Recognition(heard, 1.0, 12.0, '', '', measures=measures)\n"
        "folder = pathlib.Path(sys.argv[1])\n"
        "log = TrafficLog(folder, flush_s=0.01, keep_days=9, max_waiting=10**6)\n"
        "while True: log.add(one, Way.HTTP, 'anna'); time.sleep(0.0001)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)])
    try:
        until(lambda: any(tmp_path.rglob("*-0.parquet")))
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    before = len(rows(tmp_path))
    assert before > 0
    log = opened(tmp_path)
    log.add(recognition(), Way.HTTP, "anna")
    log.close()
    assert len(rows(tmp_path)) == before + 1
    assert ds.dataset(tmp_path, partitioning="hive").to_table().num_rows == before + 1


def test_old_days_go_and_other_files_stay(tmp_path: Path) -> None:
    for day in ("date=2026-01-01", "date=2026-03-01", "date=not-a-day", "notes"):
        (tmp_path / day / "hour=00").mkdir(parents=True)
    delete_old_days(tmp_path, dt.date(2026, 2, 1))
    left = {one.name for one in tmp_path.iterdir()}
    assert left == {"date=2026-03-01", "date=not-a-day", "notes"}


def test_retention_is_enforced_by_the_running_log(tmp_path: Path) -> None:
    old = tmp_path / "date=2020-01-01"
    (old / "hour=00").mkdir(parents=True)
    log = opened(tmp_path, flush_s=0.01)
    log.add(recognition(), Way.HTTP, "anna")
    until(lambda: not old.exists())
    log.close()


@pytest.fixture
def info(artifact: Path) -> Any:
    return LocalModel.load(artifact, threads=1).info


def test_keys_have_buckets_of_their_own_and_are_named_nowhere(tmp_path: Path, info: Any) -> None:
    offered = [f"{number}" * 40 for number in range(6)]
    keys = ApiKeys([hashlib.sha256(key.encode()).hexdigest() for key in offered])
    names = [keys.caller(key).name for key in offered]
    clip = io.BytesIO()
    sf.write(clip, np.full(16_000, 0.1, np.float32), 16_000, format="WAV")
    settings = settings_with(traffic_dir=tmp_path / "traffic")
    with served_api(settings, Planted(info), keys) as client:
        for key in offered * 2:
            shown = {"X-API-Key": key}
            answer = client.post("/transcribe", files={"file": clip.getvalue()}, headers=shown)
            answer.raise_for_status()
    found = rows(tmp_path / "traffic")
    buckets = [row["caller_bucket"] for row in found]
    assert buckets[:6] == buckets[6:], "one caller, one bucket"
    assert 4 <= len(set(buckets)) <= 6, "few of six share one by chance"
    told = json.dumps(found, default=str)
    assert not [one for one in (*names, *offered) if one in told]


def said(tmp_path: Path, settings: Any, model: Planted) -> None:
    """The same sound by every way in."""
    sound = np.full(24_000, 0.1, np.float32)
    clip = io.BytesIO()
    sf.write(clip, sound, 16_000, format="WAV")
    with served_api(settings, model) as client:
        named = {"X-Request-ID": "gulnora-9989012345"}
        files = {"file": clip.getvalue()}
        assert client.post("/transcribe", files=files, headers=named).status_code == 200
        job = client.post("/jobs", files={"files": ("gulnora.wav", clip.getvalue())}).json()
        until(lambda: client.get(f"/jobs/{job['id']}").json()["state"] == "done")
        socket = Client(str(client.base_url))
        socket.start(partials=False)
        socket.send(np.concatenate([sound, silence(1.0)]))
        socket.say(type="stop")
        socket.hear_out()


def test_fifty_names_and_numbers_leave_no_trace(
    tmp_path: Path, info: Any, monkeypatch: pytest.MonkeyPatch, caplog
) -> None:
    monkeypatch.setattr(
        session,
        "StreamingSession",
        lambda *args, **options: StreamingSession(*args, **options, detector=Level),
    )
    folder = tmp_path / "traffic"
    settings = settings_with(traffic_dir=folder, jobs_dir=tmp_path / "jobs", jobs_sweep_s=0.1)
    with caplog.at_level("DEBUG", "ovoz"):
        said(tmp_path, settings, Planted(info))
    until(lambda: len(rows(folder)) == 3)
    found = rows(folder)
    assert {row["way"] for row in found} == {"http", "job", "socket"}
    assert all(row["words"] == len([w for s in SECRETS for w in s.split()]) for row in found)
    assert len(SECRETS) == 50
    kept = json.dumps(found, default=str, ensure_ascii=False)
    names = " ".join(str(path) for path in folder.rglob("*"))
    metadata = " ".join(str(pq.read_schema(file).metadata) for file in folder.rglob("*.parquet"))
    logged = " ".join(str(record.__dict__) for record in caplog.records if "ovoz" in record.name)
    for word in WORDS:
        assert word not in kept + names + metadata
        assert word not in logged


def test_without_a_folder_nothing_is_kept(
    tmp_path: Path, info: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with served_api(settings_with(), Planted(info)) as client:
        clip = io.BytesIO()
        sf.write(clip, np.full(16_000, 0.1, np.float32), 16_000, format="WAV")
        client.post("/transcribe", files={"file": clip.getvalue()})
    assert list(tmp_path.iterdir()) == []


def test_what_waits_is_written_before_the_server_hears_of_the_end(tmp_path: Path) -> None:
    log = opened(tmp_path, flush_s=60)
    log.add(recognition(), Way.HTTP, "anna")
    written_at: dict[str, int] = {}

    async def app(scope: Any, receive: Any, send: Any) -> None:
        for end in ("lifespan.startup.complete", "lifespan.shutdown.complete"):
            await send({"type": end})

    async def told(message: Any) -> None:
        written_at[message["type"]] = len(rows(tmp_path))

    async def unused() -> Any:
        raise AssertionError

    asyncio.run(AccessLog(app, log, log_text=False)({"type": "lifespan"}, unused, told))
    assert written_at == {"lifespan.startup.complete": 0, "lifespan.shutdown.complete": 1}
