"""How well are figures written? Sentences of others, drawn phrases, and what it costs.

    python -m benchmarks.written --shared ../shared [--fortunes FOLDER] [--drawn 100000]

Sentences with figures are spoken by the verbalizer and written again; a sentence is right if its
figures come back as they were, or by the conventions of docs/text.md: numbers below ten, lone
hundreds and thousands in words, other thousands in figures, centuries in Roman numerals, Russian
compounds (30-летний) in one word. Sentences
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

from benchmarks.punctuated_text import read_fortunes, read_talk, split_sentences
from ovoz.evaluation.hardware import describe_hardware
from ovoz.text import numbers_ru, numbers_uz
from ovoz.text.pack import load_pack
from ovoz.text.written.figures import write_figures
from ovoz.text.written.number_words import find_numbers

DIGIT = re.compile(r"\d")
GROUPED = re.compile(r"(?<=\d)[ \u00a0\u202f](?=\d{3}(?!\d))")
THOUSANDS = re.compile(r"(?<=\d) ?(?:ming|минг|тысяч\w*)\b")
COMPOUND = re.compile(r"\d+-(?:х |ти )?[а-яё]{4,}")
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
    parser.add_argument("--seed", type=int, default=0, help="other sentences: rules saw those of 0")
    parser.add_argument("--show", type=int, default=0, help="print so many that went wrong")
    options = parser.parse_args()
    sets = {"Uzbek talk": read_talk(options.shared)}
    if options.fortunes:
        sets["Russian (fortunes-ru)"] = list(split_sentences(read_fortunes(options.fortunes)))
    for name, sentences in sets.items():
        random.Random(options.seed).shuffle(sentences)
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
    print("".join(f"{text}\n" for text in wrong[:show]), end="")


def list_figures(text: str) -> list[str]:
    """The numbers of a text from ten on, without separators of thousands, but for 100 and 1000."""
    joined = THOUSANDS.sub("000", GROUPED.sub("", COMPOUND.sub("", CENTURY.sub("", text))))
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
    print("".join(f"{text} => {form}\n" for text, form in got[:show]), end="")


def count_drawn(count: int) -> int:
    """How many drawn phrases, written with figures, are spoken as they were."""
    draw, pack, right = random.Random(0), load_pack("uz-ru"), 0
    for _ in range(count):
        said = draw_phrase(draw)
        written = write_figures(said.split())
        right += written.spoken == said and pack.canonical(written.text) == said
    return right


def draw_phrase(draw: random.Random) -> str:
    """A number of one to nine digits, a year, a day, a share, a sum or a time in a sentence."""
    number = draw.randrange(10 ** draw.randint(1, 9))
    small, hour, minute = draw.randint(1, 99), draw.randrange(24), draw.randint(10, 59)
    uzbek, russian = numbers_uz.cardinal, numbers_ru.cardinal
    return draw.choice((
        f"u yerda {uzbek(number)} kishi bor edi",
        f"там было {russian(number)} человек всего",
        f"bu {numbers_uz.ordinal(draw.randint(1900, 2099))} yilda boʻlgan",
        f"{numbers_uz.ordinal(draw.randint(1, 31))} yanvarda keladi",
        f"narxi {uzbek(small)} foiz oshdi",
        f"bu {uzbek(small)} butun oʻndan {uzbek(draw.randint(1, 9))} metr",
        f"soat {uzbek(hour)} {numbers_uz.join_suffix(uzbek(minute), 'da')} keldi",
        f"цена {russian(number)} долларов сейчас",
    ))  # fmt: skip


if __name__ == "__main__":
    main()
