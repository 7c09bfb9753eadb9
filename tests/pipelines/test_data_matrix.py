"""Each input of the data changed alone, against the steps that run again."""

import csv
import shutil
from pathlib import Path

import pytest
import soundfile

from ..unit.corpus.conftest import tone
from .test_runs import ROOT, repeated, run, write_profile

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]

SPEAKERS = ["anna", "olim", "dina"]
ALWAYS = {"ingest", "version_data"}
"""They look at the disk each time."""
ALL = ALWAYS | {"validate", "augment"}


class Bench:
    """A small corpus, its profile, and a copy of the code, each of which may be changed."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.temporary = folder / "tmp"
        self.temporary.mkdir()
        monkeypatch.setenv("TMPDIR", str(self.temporary))
        self.folder, self.source = folder / "workspace", folder / "recordings"
        self.code, self.profile = folder / "code", folder / "profile.yaml"
        for package in ("ovoz", "steps", "pipelines", "bentos", "configs"):
            hidden = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / package, self.code / package, ignore=hidden)
        self.source.mkdir()
        self.rows = [["audio", "text", "speaker", "split", "condition"]]
        for number, split in enumerate(["train"] * 4 + ["dev"] * 2 + ["test"] * 2):
            speaker = SPEAKERS[["train", "dev", "test"].index(split)]
            self.record(number, 100 + 20 * number)
            self.rows.append([f"{number}.wav", f"gap {number} bor", speaker, split, "clean"])
        self.write_table()
        self.settings: dict[str, dict[str, object]] = {
            "corpus": {
                "source": "folder", "path": str(self.source), "licence": "x", "consent": "y"
            },
            "validation": {"min_snr_db": 0},
            "noisy_test": {"seed": 1},
        }  # fmt: skip

    def record(self, number: int, hertz: float) -> None:
        soundfile.write(self.source / f"{number}.wav", tone(1.2, hertz), 16_000)

    def write_table(self) -> None:
        with (self.source / "metadata.csv").open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows(self.rows)

    def append(self, file: str, line: str) -> None:
        with (self.code / file).open("a", encoding="utf-8") as source:
            source.write(f"\n{line}\n")

    def run(self) -> set[str]:
        write_profile(self.profile, **self.settings)
        done = run(self.folder, self.profile, "data", self.code)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        left = [
            path for path in self.temporary.iterdir() if path.name.startswith(("zenml", "ovoz"))
        ]
        assert left == []
        return repeated(done.stdout)


def test_each_change_repeats_what_depends_on_it(tmp_path: Path, monkeypatch) -> None:
    bench = Bench(tmp_path, monkeypatch)
    assert bench.run() == ALL
    assert bench.run() == ALWAYS

    bench.rows[1][1] = "boshqa gap bor"
    bench.write_table()
    assert bench.run() == ALL, "a transcript"
    bench.record(7, 333)
    assert bench.run() == ALL, "samples"
    bench.rows[2][4] = "noisy"
    bench.write_table()
    assert bench.run() == ALL, "a column of the table"

    bench.settings["validation"] = {"min_snr_db": 1}
    assert bench.run() == ALWAYS | {"validate"}, "a limit that sets no other row aside"
    bench.settings["noisy_test"] = {"seed": 2}
    assert bench.run() == ALWAYS | {"augment"}, "a seed"

    bench.append("ovoz/audio/augment/noise.py", "# a comment")
    bench.append("ovoz/corpus/validation/faults.py", "# a comment")
    bench.append("steps/augment.py", "# a comment")
    assert bench.run() == ALWAYS, "comments"
    bench.append("ovoz/audio/augment/noise.py", "CHANGED = True")
    assert bench.run() == ALWAYS | {"augment"}, "the code of noise"
    bench.append("ovoz/text/canonicalization.py", "CHANGED = True")
    assert {"validate"} | ALWAYS <= bench.run(), "the normalizer"
    bench.append("ovoz/text/packs/uz-ru.yaml", "# changed")
    assert {"validate"} | ALWAYS <= bench.run(), "the language pack"
    bench.append("ovoz/audio/decode.py", "CHANGED = True")
    assert bench.run() == ALL, "the decoder"
    assert bench.run() == ALWAYS
