"""How many word languages of real switched talk are right, and how much Russian is false?

    python benchmarks/word_language.py --texts ../shared/data/text

The texts are not in the repository. ``benchmarks/data/spoken_word_language.tsv`` holds the labels
of 113 lines of ``uz_spoken.tsv`` by their position, without the words.
"""

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

from ovoz.text.normalization import normalize
from ovoz.text.pack import load_pack
from ovoz.text.transliteration import to_cyrillic
from ovoz.text.word_language import label_words

LABELS = Path(__file__).parent / "data/spoken_word_language.tsv"
CYRILLIC = re.compile("[Ѐ-ӿ]")


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=Path, required=True, help="folder of uz_spoken.tsv")
    texts = parser.parse_args().texts
    if not (texts / "uz_spoken.tsv").exists():
        raise SystemExit(f"{texts} has no uz_spoken.tsv: nothing to measure")
    print(measure_labels(texts / "uz_spoken.tsv"))
    lines = (texts / "uz_ud_ut.txt").read_text("utf-8").splitlines()
    print(f"false Russian, Latin: {share_with_russian(lines):.2%} of {len(lines)} sentences")
    cyrillic = [to_cyrillic(line) for line in lines]
    print(f"false Russian, Cyrillic: {share_with_russian(cyrillic):.2%}")


def measure_labels(path: Path) -> str:
    """Share of right words, and F1 of Russian ones."""
    pairs = [
        (str(found), label)
        for words, labels in read_labelled(path)
        for found, label in zip(label_words(words), labels, strict=True)
        if label != "-"
    ]
    right = sum(found == label for found, label in pairs) / len(pairs)
    hits = sum(found == label == "ru" for found, label in pairs)
    named = sum((found == "ru") + (label == "ru") for found, label in pairs)
    return f"{len(pairs)} words, {right:.2%} right, F1 of Russian words {2 * hits / named:.1%}"


def read_labelled(path: Path) -> Iterator[tuple[list[str], list[str]]]:
    """Normalized words of each labelled line with their labels; words with figures are ``-``."""
    lines = path.read_text("utf-8").splitlines()
    for row in LABELS.read_text("utf-8").splitlines():
        if row.startswith("#"):
            continue
        number, _, marks = row.partition("\t")
        marked = dict(mark.split(":") for mark in marks.split())
        words: list[str] = []
        labels: list[str] = []
        for position, token in enumerate(lines[int(number) - 1].split("\t")[2].split()):
            figure = any(letter.isdigit() for letter in token)
            parts = normalize(token.strip('\\"')).split()
            words += parts
            labels += ["-" if figure else marked.get(str(position), "uz")] * len(parts)
        yield words, labels


def share_with_russian(lines: list[str]) -> float:
    """Share of the lines whose canonical form has Russian words."""
    pack = load_pack("uz-ru")
    return sum(CYRILLIC.search(pack.canonical(line)) is not None for line in lines) / len(lines)


if __name__ == "__main__":
    main()
