"""Bring the recordings and texts that ``configs/crowd.yaml`` was measured with into one folder.

    python benchmarks/real_corpora.py ../shared build/real [--prompts FOLDER]

Writes ``russian/``, telephone prompts of one voice as a folder source, ``russian-clips/``, a few
recordings of other voices that are only tested on, and ``text/``, sentences of Uzbek as plain text;
then says how to start the run. Prompts without figures of at least 1.5 s are
the test split. They are those of Debian's package asterisk-core-sounds-ru-wav, which apt-get
downloads unless ``--prompts`` names its unpacked folder. Nothing of it may be published.
"""

import argparse
import csv
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

PACKAGE: Final = "asterisk-core-sounds-ru-wav"
LEAST_TEST_S: Final = 1.5
DEV_EVERY: Final = 20
"""Every so many prompts of those that are no test become dev."""


def fetch_prompts(folder: Path) -> None:
    """Download and unpack the package."""
    subprocess.run(["apt-get", "download", "-q", PACKAGE], cwd=folder, check=True)
    (package,) = folder.glob(f"{PACKAGE}*.deb")
    subprocess.run(["dpkg", "-x", package, folder / "unpacked"], check=True)


def write_russian(table: Path, prompts: Path, folder: Path) -> None:
    """The prompts with a ``metadata.csv`` that has splits."""
    files = {path.name: path for path in prompts.rglob("*.wav")}
    folder.mkdir(parents=True)
    with (
        table.open(encoding="utf-8", newline="") as source,
        (folder / "metadata.csv").open("w", encoding="utf-8", newline="") as target,
    ):
        writer = csv.writer(target)
        writer.writerow(["audio", "text", "split"])
        for number, row in enumerate(csv.DictReader(source, delimiter="\t")):
            if row["file"] not in files:
                continue
            shutil.copyfile(files[row["file"]], folder / row["file"])
            writer.writerow([row["file"], row["text"], choose_split(number, row)])


def write_clips(index: Path, language: str, folder: Path) -> None:
    """The recordings of a language that an index lists and that are there, as a test split."""
    folder.mkdir(parents=True)
    with (
        index.open(encoding="utf-8", newline="") as source,
        (folder / "metadata.csv").open("w", encoding="utf-8", newline="") as target,
    ):
        writer = csv.writer(target)
        writer.writerow(["audio", "text", "split"])
        for name, spoken, text, *_ in csv.reader(source, delimiter="\t", quoting=csv.QUOTE_NONE):
            file = index.parent / name
            if spoken == language and text and file.is_file():
                shutil.copyfile(file, folder / file.name)
                writer.writerow([file.name, text, "test"])


def choose_split(number: int, row: dict[str, str]) -> str:
    """Test for sentences without figures, dev for some of the rest, train for the others."""
    if float(row["seconds"]) >= LEAST_TEST_S and not re.search(r"\d", row["text"]):
        return "test"
    return "dev" if number % DEV_EVERY == 0 else "train"


def read_column(table: Path, column: str) -> Iterator[str]:
    """A column of a table whose cells are separated by tabs."""
    with table.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE):
            if text := (row[column] or "").strip():
                yield text


def main() -> None:
    """Write the folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shared", type=Path, help="folder with data/ in it")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--prompts", type=Path)
    options = parser.parse_args()
    data, folder = options.shared / "data", options.folder
    shutil.rmtree(folder, ignore_errors=True)
    with TemporaryDirectory() as temporary:
        if options.prompts is None:
            fetch_prompts(Path(temporary))
        prompts = options.prompts or Path(temporary)
        write_russian(data / "ru_ivr.tsv", prompts, folder / "russian")
    write_clips(data / "index.tsv", "ru", folder / "russian-clips")
    text = folder / "text"
    text.mkdir()
    for name, column in (("uz_parallel", "latin"), ("uz_spoken", "text")):
        lines = read_column(data / "text" / f"{name}.tsv", column)
        (text / f"{name}.txt").write_text("".join(f"{line}\n" for line in lines), "utf-8")
    print(
        f"make run PROFILE=crowd CORPUS={data / 'uz_crowd'} BASE=openai/whisper-base"
        f" RUSSIAN={folder / 'russian'} TEXT={text} NOISE={data / 'noise'} ROOMS={data / 'rir'}"
    )


if __name__ == "__main__":
    main()
