"""How much of planted numbers is left readable? Drawn calls, with and without misheard words.

    python -m benchmarks.redaction [--numbers 1000] [--errors 0.0 0.05 0.1 0.2] [--shared ../shared]

Cards, telephones, PINFL, passports and INN are drawn, spoken in drawn groups of digits in either
language, and set between words of a call. A word of a number is misheard with the given
probability: it becomes another number word, a word that is none, or nothing. A number is left
readable if four of its spoken words in a row, or more, are in the redacted transcript. No audio is
involved: the errors are drawn, not a recogniser's. With ``--shared``, sentences with figures of
spoken Uzbek from which anything is removed are counted too: few of them hold a private number.
"""

import argparse
import random
from collections import Counter
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from ovoz.evaluation.hardware import describe_hardware
from ovoz.text import numbers_ru, numbers_uz
from ovoz.text.pack import load_pack
from ovoz.text.written.figures import write_figures
from ovoz.text.written.redaction import RedactionKind, has_luhn_digit, redact

READABLE = 4
SENTENCES = 2_000
GROUPS = {
    RedactionKind.CARD: ((4, 4, 4, 4), (2,) * 8, (1,) * 16),
    RedactionKind.TELEPHONE: ((3, 2, 3, 2, 2), (2, 3, 2, 2), (2, 1, 1, 1, 2, 2)),
    RedactionKind.PINFL: ((2,) * 7, (1,) * 14, (4, 4, 4, 2)),
    RedactionKind.PASSPORT: ((3, 2, 2), (1,) * 7, (1, 2, 2, 2)),
    RedactionKind.INN: ((3, 3, 3), (1,) * 9, (2, 3, 2, 2)),
}
BEFORE = {
    RedactionKind.CARD: ("karta raqami", "номер карты"),
    RedactionKind.TELEPHONE: ("telefonim", "мой телефон"),
    RedactionKind.PINFL: ("shaxsiy raqam", "пинфл"),
    RedactionKind.PASSPORT: ("pasport a a", "паспорт а б"),
    RedactionKind.INN: ("stir", "инн"),
}
BEHIND = ("rahmat kutib turing", "спасибо подождите")
NOISE = (*numbers_uz.UNITS[1:], *numbers_uz.TENS[1:], "va", "shu", "да", "вот")


def main() -> None:
    """Print what is left at each rate of errors."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--numbers", type=int, default=1_000)
    parser.add_argument("--errors", type=float, nargs="+", default=[0.0, 0.05, 0.1, 0.2])
    parser.add_argument("--shared", type=Path, help="folder of data/")
    options = parser.parse_args()
    if options.shared:
        count_touched(options.shared / "data/text/uz_spoken.tsv")
    for errors in options.errors:
        left, kinds = count_left(options.numbers, errors)
        shown = ", ".join(f"{kind} {count}" for kind, count in sorted(left.items())) or "none"
        print(
            f"misheard {errors:.0%}: left readable {left.total()} of {options.numbers} ({shown}); "
        )
        print(f"  removed as {dict(sorted(kinds.items()))}")
    print(describe_hardware([]))


def count_touched(path: Path) -> None:
    """Print how many sentences with figures lose something, and what."""
    pack, kinds = load_pack("uz-ru"), Counter[str]()
    rows = (row.split("\t")[-1] for row in path.read_text("utf-8").splitlines()[1:])
    chosen = list(islice((row for row in rows if any(map(str.isdecimal, row))), SENTENCES))
    for sentence in chosen:
        form = write_figures(pack.canonical(sentence).split())
        removals = redact(form, frozenset(RedactionKind)).removals
        kinds.update({removal.kind for removal in removals})
    print(f"of {len(chosen)} sentences with figures lose something: {dict(sorted(kinds.items()))}")


def count_left(count: int, errors: float) -> tuple[Counter[str], Counter[str]]:
    """Numbers left readable by kind, and the kinds as which numbers were removed."""
    draw, left, kinds = random.Random(0), Counter[str](), Counter[str]()
    for _ in range(count):
        kind = draw.choice(list(GROUPS))
        said = mishear(say(kind, draw), errors, draw)
        russian = any(word[:1] >= "Ѐ" for word in said)
        call = [*BEFORE[kind][russian].split(), *said, *BEHIND[russian].split()]
        redacted = redact(write_figures(call), frozenset(RedactionKind))
        kinds.update(removal.kind for removal in redacted.removals)
        left[kind] += is_readable(said, redacted.form.spoken)
    return +left, kinds


def say(kind: RedactionKind, draw: random.Random) -> list[str]:
    """A drawn number of a kind in words of either language."""
    groups = draw.choice(GROUPS[kind])
    digits = "".join(draw.choices("0123456789", k=sum(groups)))
    if kind is RedactionKind.CARD:
        digits = next(
            digits[:15] + last for last in "0123456789" if has_luhn_digit(digits[:15] + last)
        )
    if kind is RedactionKind.TELEPHONE:
        digits = ("998" if len(digits) == 12 else "") + "90" + digits[len(digits) - 7 :]
    if kind is RedactionKind.PINFL:
        digits = draw.choice("3456") + digits[1:]
    numbers = draw.choice((numbers_uz, numbers_ru))
    words: list[str] = []
    at = 0
    for length in groups:
        words += numbers.leading_zeros(digits[at : at + length]).split()
        at += length
    return words


def mishear(words: Sequence[str], errors: float, draw: random.Random) -> list[str]:
    """The words with drawn errors."""
    heard: list[str] = []
    for word in words:
        if draw.random() >= errors:
            heard.append(word)
        elif draw.random() < 2 / 3:
            heard.append(draw.choice(NOISE))
    return heard


def is_readable(said: Sequence[str], transcript: str) -> bool:
    """Whether some words of a number in a row are in a transcript."""
    runs = (said[at : at + READABLE] for at in range(len(said) - READABLE + 1))
    return any(f" {' '.join(run)} " in f" {transcript} " for run in runs)


if __name__ == "__main__":
    main()
