"""How many word languages of real switched talk are right, and how much Russian is false?

    python benchmarks/word_language.py --texts ../shared/data/text

The texts are not in the repository. ``benchmarks/data/spoken_word_language.tsv`` holds the labels
of 113 lines of ``uz_spoken.tsv`` by their position, without the words, and
``spoken_word_language_second.tsv`` those of a second annotator, who saw neither the rules nor the
first labels.
"""

import argparse
import re
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from ovoz.evaluation.hardware import describe_hardware
from ovoz.text.normalization import normalize
from ovoz.text.pack import load_pack
from ovoz.text.transliteration import to_cyrillic
from ovoz.text.word_language import label_words

LABELS = Path(__file__).parent / "data/spoken_word_language.tsv"
SECOND_LABELS = LABELS.with_stem(f"{LABELS.stem}_second")
OTHER_LINES = {
    *(66, 67, *range(356, 368)),  # Crimean Tatar
    *range(372, 380),  # a Russian poem
    *(
        308,
        629,
        630,
        631,
        817,
        835,
        837,
        839,
        842,
        854,
        1257,
        1288,
        1792,
        1853,
        1857,
        1864,
        2668,
        2686,
    ),
}
"""Lines of uz_parallel.tsv that are not of Uzbek only, looked at one by one; the last row are
Russian words that people say or quote."""

CYRILLIC = re.compile("[Ѐ-ӿ]")


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=Path, required=True, help="folder of uz_spoken.tsv")
    measure(parser.parse_args().texts)


def measure(texts: Path) -> None:
    """Print the figures of the texts of a folder."""
    if not (texts / "uz_spoken.tsv").exists():
        raise SystemExit(f"{texts} has no uz_spoken.tsv: nothing to measure")
    for name, labels in (("first", LABELS), ("second", SECOND_LABELS)):
        print(f"{name} annotator: {measure_labels(texts / 'uz_spoken.tsv', labels)}")
    print(measure_agreement(texts / "uz_spoken.tsv"))
    lines = (texts / "uz_ud_ut.txt").read_text("utf-8").splitlines()
    print(f"false Russian, Latin: {share_with_russian(lines):.2%} of {len(lines)} sentences")
    cyrillic = [to_cyrillic(line) for line in lines]
    print(f"false Russian, Cyrillic: {share_with_russian(cyrillic):.2%}")
    measure_parallel(texts / "uz_parallel.tsv")


def measure_parallel(path: Path) -> None:
    """Print the false Russian in prose in both scripts, and how fast its canonical form is."""
    rows = [line.split("\t") for line in path.read_text("utf-8").splitlines()]
    pack = load_pack("uz-ru")
    for row in rows[1:40]:
        pack.canonical(" ".join(row[:2]))  # load the tables
    uzbek = [row for number, row in enumerate(rows[1:], start=2) if number not in OTHER_LINES]
    for column, script in enumerate(("Cyrillic", "Latin")):
        lines = [row[column] for row in uzbek]
        rates = []
        for _ in range(2):
            start = time.process_time()
            share = share_with_russian(lines)
            rates.append(len("\n".join(lines).encode()) / 1e6 / (time.process_time() - start))
        print(f"prose, {script}: false Russian {share:.2%} of {len(lines)} sentences")
        print(f"canonical {rates[0]:.2f} MB/s, {rates[1]:.2f} when the words are known")
    print(f"CPU time, one thread; {describe_hardware([])}")


def measure_agreement(path: Path) -> str:
    """Share of words that both annotators label alike, and Cohen's kappa."""
    first, second = (
        [label for _, labels in read_labelled(path, file) for label in labels]
        for file in (LABELS, SECOND_LABELS)
    )
    pairs = [pair for pair in zip(first, second, strict=True) if "-" not in pair]
    alike = sum(one == other for one, other in pairs) / len(pairs)
    firsts, seconds = (Counter(labels) for labels in zip(*pairs, strict=True))
    chance = sum(firsts[label] * seconds[label] for label in firsts) / len(pairs) ** 2
    kappa = (alike - chance) / (1 - chance)
    return f"annotators agree on {alike:.2%} of {len(pairs)} words, kappa {kappa:.2f}"


def measure_labels(path: Path, file: Path) -> str:
    """Share of right words, and F1 of Russian ones."""
    pairs = [
        (str(found), label)
        for words, labels in read_labelled(path, file)
        for found, label in zip(label_words(words), labels, strict=True)
        if label != "-"
    ]
    right = sum(found == label for found, label in pairs) / len(pairs)
    hits = sum(found == label == "ru" for found, label in pairs)
    named = sum((found == "ru") + (label == "ru") for found, label in pairs)
    return f"{len(pairs)} words, {right:.2%} right, F1 of Russian words {2 * hits / named:.1%}"


def read_labelled(path: Path, file: Path = LABELS) -> Iterator[tuple[list[str], list[str]]]:
    """Normalized words of each labelled line with their labels; words with figures are ``-``."""
    lines = path.read_text("utf-8").splitlines()
    for row in file.read_text("utf-8").splitlines():
        if row.startswith("#"):
            continue
        number, _, marks = row.partition("\t")
        marked = dict(mark.split(":") for mark in marks.split())
        words: list[str] = []
        labels: list[str] = []
        for position, token in enumerate(lines[int(number) - 1].split("\t")[2].split()):
            figure = any(letter.isdigit() for letter in token)
            parts = normalize(token.strip('\\"').lower()).split()
            words += parts
            labels += ["-" if figure else marked.get(str(position), "uz")] * len(parts)
        yield words, labels


def share_with_russian(lines: list[str]) -> float:
    """Share of the lines whose canonical form has Russian words."""
    pack = load_pack("uz-ru")
    return sum(CYRILLIC.search(pack.canonical(line)) is not None for line in lines) / len(lines)


if __name__ == "__main__":
    main()
