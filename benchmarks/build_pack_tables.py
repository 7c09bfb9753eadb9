"""Builds the tables of the packs ``kk`` and ``vi`` in ``ovoz/text/data``.

    uv pip install wordfreq==3.1.1
    git clone https://github.com/unicode-org/unilex
    python -m benchmarks.build_pack_tables --unilex unilex/data/frequency/kk.txt

Sources:

- Unilex (Unicode-DFS-2016): 21,059 forms of a crawled Kazakh corpus with their frequencies.
- wordfreq 3.1.1 (its data CC BY-SA 4.0, Robyn Speer and its sources): Vietnamese syllables.
- ``ovoz/text/data/word_frequencies.txt.xz``: Russian forms, for n-grams of Russian letters.

The Kazakh table is therefore under Unicode-DFS-2016, the others under CC BY-SA 4.0.
"""

import argparse
import lzma
import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from benchmarks.letter_ngrams import estimate_letters
from ovoz.text.vi.syllables import parse_syllable
from ovoz.text.word_frequencies import load_frequencies

DATA = Path(__file__).parents[1] / "ovoz/text/data"
KAZAKH = re.compile("[а-яёәғқңөұүһі]+")
RUSSIAN_FORMS = 60_000


def main() -> None:
    """Write the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--unilex", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=DATA)
    given = parser.parse_args()
    kazakh = read_unilex(given.unilex)
    russian = list(load_frequencies("ru"))[:RUSSIAN_FORMS]
    write(given.out / "kk_words.txt.xz", "Kazakh forms by frequency, from Unilex", by_level(kazakh))
    write(
        given.out / "kk_letters.txt.xz",
        "Letter n-grams of Kazakh (Unilex) and Russian (wordfreq 3.1.1, CC BY-SA 4.0)",
        (
            f"{name}\t{' '.join(estimate_letters(sorted(words)))}"
            for name, words in (("kk", list(kazakh)), ("ru", russian))
        ),
    )
    write(
        given.out / "vi_syllables.txt.xz",
        "Vietnamese syllables by frequency, from wordfreq 3.1.1 (CC BY-SA 4.0)",
        by_level(count_syllables()),
    )


def read_unilex(path: Path) -> dict[str, float]:
    """Relative frequencies of the Kazakh forms, in small letters; ё is written е."""
    counts: defaultdict[str, float] = defaultdict(float)
    for line in path.read_text("utf-8").splitlines():
        form, _, count = line.partition("\t")
        folded = form.lower().replace("ё", "е")
        if count.isdigit() and KAZAKH.fullmatch(folded):
            counts[folded] += int(count)
    total = sum(counts.values())
    return {form: count / total for form, count in counts.items()}


def count_syllables() -> dict[str, float]:
    """Relative frequencies of what can be a Vietnamese syllable."""
    from wordfreq import get_frequency_dict

    counted = get_frequency_dict("vi", wordlist="best").items()
    return {word: share for word, share in counted if word.isalpha() and parse_syllable(word)}


def by_level(words: Mapping[str, float]) -> Iterable[str]:
    """Lines ``level words``; the level is -10 log10 of the frequency, rounded."""
    levels: defaultdict[int, list[str]] = defaultdict(list)
    for word, frequency in words.items():
        levels[round(-10 * math.log10(frequency))].append(word)
    return (f"{level}\t{' '.join(sorted(words))}" for level, words in sorted(levels.items()))


def write(path: Path, title: str, lines: Iterable[str]) -> None:
    """Write a compressed table with its origin."""
    content = f"# {title}.\n# Made by benchmarks/build_pack_tables.py.\n" + "\n".join(lines) + "\n"
    path.write_bytes(lzma.compress(content.encode(), preset=9 | lzma.PRESET_EXTREME))
    print(f"{path.name}: {path.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
