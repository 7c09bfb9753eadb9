"""The error rate of corrections: by version and slice, with an interval."""

import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from ovoz.monitoring.corrections import CorrectionRow, length_range
from ovoz.monitoring.hour_files import CORRECTIONS, HourFiles
from ovoz.monitoring.live_rate import live_rates, read_corrections

DAY = dt.date(2026, 3, 1)


def corrected(version: str, errors: int, words: int = 10, **fields: str) -> CorrectionRow:
    at = dt.datetime(2026, 3, 1, 7, 30, tzinfo=dt.UTC)
    told = {"language": "uz", "way": "http", "length": "2 to 5 s"} | fields
    return CorrectionRow(at, version, word_errors=errors, words=words, **told)


def test_rates_are_by_version_and_slice(tmp_path: Path) -> None:
    files = HourFiles(tmp_path, CORRECTIONS)
    random = np.random.default_rng(1)
    rows = [corrected("m-1", int(number)) for number in random.binomial(10, 0.2, 60)]
    rows += [corrected("m-1", 5, language="ru", way="job") for _ in range(20)]
    rows += [corrected("m-2", 1) for _ in range(6)]
    rows += [corrected("m-2", 9, language="ru") for _ in range(4)]
    assert files.append(rows) == (len(rows), "")
    table = read_corrections(tmp_path, first=DAY, last=DAY)
    rates = {(one.model_version, one.slice): one for one in live_rates(table)}
    whole = rates["m-1", "all"]
    assert (whole.corrections, whole.words) == (80, 800)
    assert whole.rate == pytest.approx(sum(row.word_errors for row in rows[:80]) / 800)
    assert 0.1 < whole.low < whole.rate < whole.high < 0.5
    russian = rates["m-1", "language=ru"]
    assert (russian.rate, russian.low, russian.high) == (0.5, 0.5, 0.5)
    assert ("m-2", "language=uz") in rates
    assert ("m-2", "language=ru") not in rates, "four corrections say too little"
    assert read_corrections(tmp_path, first=DAY - dt.timedelta(1), last=DAY).num_rows == 90
    assert not live_rates(
        read_corrections(tmp_path, first=DAY - dt.timedelta(9), last=DAY - dt.timedelta(8))
    )


def test_a_log_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="OVOZ_FEEDBACK_DIR"):
        read_corrections(tmp_path / "none", first=DAY, last=DAY)
    HourFiles(tmp_path, CORRECTIONS).append([corrected("m", 1)])
    (file,) = tmp_path.rglob("*.parquet")
    file.write_bytes(b"PAR1")
    with pytest.raises(ValueError, match="not a file of the log of corrections"):
        read_corrections(tmp_path, first=DAY, last=DAY)


def test_lengths_are_coarse() -> None:
    assert [length_range(seconds) for seconds in (0, 2, 4.9, 60)] == [
        "under 2 s", "2 to 5 s", "2 to 5 s", "5 s and more",
    ]  # fmt: skip
