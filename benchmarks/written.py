"""How well are figures written? Sentences of others, drawn phrases, and what it costs.

    python -m benchmarks.written --shared ../shared [--fortunes FOLDER] [--drawn 100000]

Sentences with figures are spoken by the verbalizer and written again; a sentence is right if its
figures come back as they were, or by the conventions of docs/text.md: numbers below ten, lone
hundreds and thousands in words, other thousands in figures, centuries in Roman numerals. Sentences
without figures that get one are counted; nearly all are number words that their authors spelled
out, so those without any number word are counted apart. Fortunes: Debian's fortunes-ru.
"""

import argparse
import random
import re
import time
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from benchmarks.fit_label_weights import read_fortunes
from ovoz.evaluation.hardware import describe_hardware
from ovoz.text import numbers_ru, numbers_uz
from ovoz.text.pack import load_pack
from ovoz.text.written.figures import write_figures
from ovoz.text.written.number_words import find_numbers

DIGIT = re.compile(r"\d")
GROUPED = re.compile(r"(?<=\d)[ \u00a0\u202f](?=\d{3}(?!\d))")
THOUSANDS = re.compile(r"(?<=\d) ?(?:ming|минг|тысяч\w*)\b")
CENTURY = re.compile(r"\d+-(?=asr)|\d+(?=-аср)")
NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
SENTENCES = 10_000
WITH_FIGURES = 500


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, required=True, help="folder of data/")
    parser.add_argument("--fortunes", type=Path, help="where fortunes-ru lies")
    parser.add_argument("--drawn", type=int, default=100_000)
    parser.add_argument("--show", type=int, default=0, help="print so many that went wrong")
    options = parser.parse_args()
    rows = (options.shared / "data/text/uz_spoken.tsv").read_text("utf-8").splitlines()
    sets = {"Uzbek talk": [row.split("\t")[-1] for row in rows[1:]]}
    if options.fortunes:
        sets["Russian (fortunes-ru)"] = list(islice(read_fortunes(options.fortunes), 40_000))
    for name, sentences in sets.items():
        random.Random(0).shuffle(sentences)
        measure_figures(name, sentences, options.show)
        measure_false(name, sentences, options.show)
    print(f"drawn phrases read back: {count_drawn(options.drawn)} of {options.drawn}")
    print(describe_hardware([]))


def measure_figures(name: str, sentences: Iterable[str], show: int) -> None:
    """Print the share of sentences with figures that come back."""
    pack = load_pack("uz-ru")
    chosen = list(islice((text for text in sentences if DIGIT.search(text)), WITH_FIGURES))
    wrong = []
    for text in chosen:
        written = write_figures(pack.canonical(text).split()).text
        if list_figures(written) != list_figures(text):
            wrong.append(f"{text} => {written}")
    if not chosen:
        return
    right = 1 - len(wrong) / len(chosen)
    print(f"{name}: {right:.1%} of {len(chosen)} sentences with their figures")
    print(*wrong[:show], sep="\n")


def list_figures(text: str) -> list[str]:
    """The numbers of a text from ten on, without separators of thousands, but for 100 and 1000."""
    joined = THOUSANDS.sub("000", CENTURY.sub("", GROUPED.sub("", text)))
    numbers = (found.replace(".", ",") for found in NUMBER.findall(joined))
    kept = (number for number in numbers if not number.isdecimal() or int(number) >= 10)
    return [number for number in kept if number not in ("100", "1000")]


def measure_false(name: str, sentences: Iterable[str], show: int) -> None:
    """Print how many sentences without figures get one, and what a sentence costs."""
    pack = load_pack("uz-ru")
    plain = (pack.canonical(text) for text in sentences if text and not DIGIT.search(text))
    chosen = list(islice((text for text in plain if text), SENTENCES))
    start = time.process_time()
    written = [write_figures(text.split()).text for text in chosen]
    taken_ms = 1000 * (time.process_time() - start) / len(" ".join(chosen).split()) * 20
    got = [(text, form) for text, form in zip(chosen, written, strict=True) if DIGIT.search(form)]
    unnumbered = [pair for pair in got if not find_numbers(pair[0].split())]
    print(f"{name}: {len(got)} of {len(chosen)} sentences without figures get one; ", end="")
    print(f"{len(unnumbered)} of them had no number word; {taken_ms:.2f} ms for 20 words")
    print(*(" => ".join(pair) for pair in got[:show]), sep="\n")


def count_drawn(count: int) -> int:
    """How many drawn numbers in a sentence, written as figures, are spoken as they were."""
    draw, pack, right = random.Random(0), load_pack("uz-ru"), 0
    for _ in range(count):
        number = draw.randrange(10 ** draw.randint(1, 9))
        said = draw.choice((f"u yerda {numbers_uz.cardinal(number)} kishi bor edi",
                            f"там было {numbers_ru.cardinal(number)} человек всего"))  # fmt: skip
        written = write_figures(said.split())
        right += written.spoken == said and pack.canonical(written.text) == said
    return right


if __name__ == "__main__":
    main()
