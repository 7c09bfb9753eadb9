"""Bring the recordings and texts that ``configs/crowd.yaml`` was measured with into one folder.

    python benchmarks/real_corpora.py ../shared build/real

Writes five folders, then says how to start the run: ``uzbek/``, the voice messages with a
development split that training shares no sentence with, so that a decoder can be tuned on it
(:func:`write_uzbek`; the figures in docs/training.md are older, of the splits as published);
``russian/``, telephone prompts of one voice, of which those without figures of at least 1.5 s are
the test split; ``russian-clips/``, a few recordings of other voices, for tests alone; ``text/``,
sentences of Uzbek; ``russian-text/``, aphorisms and jokes. Prompts and Russian text are Debian's
packages asterisk-core-sounds-ru-wav and fortunes-ru, which apt-get downloads. Nothing of it may be
published.
"""

import argparse
import csv
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from ovoz.corpus.split_table import UNUSED
from ovoz.text.pack import load_pack

PROMPTS: Final = "asterisk-core-sounds-ru-wav"
FORTUNES: Final = "fortunes-ru"
LEAST_TEST_S: Final = 1.5
DEV_EVERY: Final = 20
"""Every so many prompts of those that are no test become dev."""
DEV_SENTENCES: Final = 60
"""Sentences that the development split of the voice messages keeps."""
PACK: Final = load_pack("uz-ru")


def fetch(package: str, folder: Path) -> Path:
    """Download and unpack a package of Debian; returns the folder of its files."""
    subprocess.run(["apt-get", "download", "-q", package], cwd=folder, check=True)
    (file,) = folder.glob(f"{package}_*.deb")
    subprocess.run(["dpkg", "-x", file, folder / package], check=True)
    return folder / package


def write_uzbek(corpus: Path, folder: Path) -> None:
    """The voice messages; dev keeps the sentences that cost training the fewest recordings.

    Dev has speakers of its own as it was published, and sentences of training. The rows that this
    leaves out, training's recordings of a dev sentence and the rest of dev, have no split.
    """
    shutil.copytree(corpus, folder)
    with (corpus / "metadata.csv").open(encoding="utf-8", newline="") as source:
        rows = list(csv.DictReader(source))
    texts = [PACK.canonical(row["text"]) for row in rows]
    read = {
        split: Counter(text for row, text in zip(rows, texts, strict=True) if row["split"] == split)
        for split in ("train", "dev")
    }
    costs = {text: (read["train"][text] / times, text) for text, times in read["dev"].items()}
    kept = set(sorted(costs, key=costs.__getitem__)[:DEV_SENTENCES])
    (folder / "metadata.csv").chmod(0o644)
    with (folder / "metadata.csv").open("w", encoding="utf-8", newline="") as target:
        writer = csv.DictWriter(target, list(rows[0]))
        writer.writeheader()
        for row, text in zip(rows, texts, strict=True):
            unused = row["split"] != "test" and (text in kept) != (row["split"] == "dev")
            writer.writerow(row | {"split": UNUSED if unused else row["split"]})


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


def read_fortunes(folder: Path) -> Iterator[str]:
    """Sentences of the texts in a package; fortunes are separated by lines of one percent sign."""
    for path in sorted(folder.rglob("games/fortunes/ru/*")):
        if path.suffix != ".dat" and path.is_file():
            for fortune in path.read_text("utf-8", errors="ignore").split("\n%\n"):
                said = " ".join(fortune.partition("\t--")[0].split())
                yield from (one for one in re.split(r"(?<=[.!?…])\s+", said) if one)


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


def write_lines(lines: Iterable[str], folder: Path, name: str = "text") -> None:
    """Write a text file with one sentence on each line."""
    folder.mkdir(exist_ok=True)
    text = "".join(f"{line}\n" for line in lines)
    (folder / f"{name}.txt").write_text(text, encoding="utf-8")


def main() -> None:
    """Write the folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shared", type=Path, help="folder with data/ in it")
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    data, folder = options.shared / "data", options.folder
    shutil.rmtree(folder, ignore_errors=True)
    with TemporaryDirectory() as temporary:
        write_russian(data / "ru_ivr.tsv", fetch(PROMPTS, Path(temporary)), folder / "russian")
        write_lines(read_fortunes(fetch(FORTUNES, Path(temporary))), folder / "russian-text")
    write_uzbek(data / "uz_crowd", folder / "uzbek")
    write_clips(data / "index.tsv", "ru", folder / "russian-clips")
    for name, column in (("uz_parallel", "latin"), ("uz_spoken", "text")):
        lines = read_column(data / "text" / f"{name}.tsv", column)
        write_lines(lines, folder / "text", name)
    print(
        f"make run PROFILE=crowd CORPUS={folder / 'uzbek'} BASE=openai/whisper-base"
        f" RUSSIAN={folder / 'russian'} TEXT={folder / 'text'}"
        f" RUSSIAN_TEXT={folder / 'russian-text'} NOISE={data / 'noise'} ROOMS={data / 'rir'}"
    )


if __name__ == "__main__":
    main()
