"""Builds the word and letter tables of ``ovoz/text/data`` from counted forms of three languages.

    uv pip install uzbek-text-tools==0.1.0 uzbek_morph==1.0.0 wordfreq==3.1.1 \
        pymorphy3==2.0.6
    python -m benchmarks.build_word_tables

Sources:

- uzbek-text-tools 0.1.0 (MIT): 513,409 forms of Uzbek Wikipedia with counts; its text is CC BY-SA.
- uzbek_morph 1.0.0 (MIT): 145,844 analysed Uzbek forms.
- wordfreq 3.1.1 (Apache-2.0; its data CC BY-SA 4.0, Robyn Speer and its sources): Russian, English.
- pymorphy3 2.0.6 (MIT; its dictionary OpenCorpora, CC BY-SA 3.0): which Russian forms are names.
- The lists of ``ovoz/text/data``: own.

The tables are therefore CC BY-SA 4.0. Uzbek Wikipedia quotes other languages (titles, names): the
share of each is estimated from words that Uzbek does not have, and taken off every count.
"""

import argparse
import lzma
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from benchmarks.counted_russian import count_wordfreq, keep_top, select_nouns, select_yo
from benchmarks.counted_uzbek import RUSSIAN_FORMS, count_suffixes, count_uzbek, count_verbs
from benchmarks.letter_ngrams import estimate_letters
from ovoz.text.romanization import make_russian_key, make_sound_key

DATA = Path(__file__).parents[1] / "ovoz/text/data"
FORMS = {"uz": 220_000, "ru": RUSSIAN_FORMS, "en": 30_000}
RAREST_CONTESTED = 8e-8
"""Four counts: below are forms that only the analysed ones have."""

HEADER = """# {title}
# Made by benchmarks/build_word_tables.py from uzbek-text-tools 0.1.0 (counts of Uzbek Wikipedia,
# CC BY-SA), uzbek_morph 1.0.0 (MIT) and wordfreq 3.1.1 (CC BY-SA 4.0, Robyn Speer, luminoso and the
# sources that its README names). Licence of this table: CC BY-SA 4.0.
"""


def main() -> None:
    """Write ``word_frequencies.txt.xz`` and ``letter_models.txt.xz``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=DATA)
    out = parser.parse_args().out
    russian, english = count_wordfreq("ru", "[а-я]+"), count_wordfreq("en", "[a-z]+")
    uzbek = count_uzbek(russian, english)
    frequencies = {"uz": uzbek, "ru": russian, "en": english}
    frequencies = {name: keep_top(words, FORMS[name]) for name, words in frequencies.items()}
    frequencies["uz"] |= select_contested(uzbek, frequencies)
    frequencies["yo"] = select_yo(frequencies["ru"])
    frequencies["noun"] = select_nouns(frequencies["ru"])
    frequencies["ru"] = {
        form: frequency
        for form, frequency in frequencies["ru"].items()
        if form not in frequencies["noun"]
    }
    frequencies["suffix"] = count_suffixes(uzbek)
    frequencies["verb"], frequencies["verb-suffix"] = count_verbs()
    write(out / "word_frequencies.txt.xz", "Word forms by language and frequency.",
          format_frequencies(frequencies))  # fmt: skip
    write(out / "letter_models.txt.xz", "Letter n-grams by language.",
          format_models(frequencies))  # fmt: skip


def select_contested(
    uzbek: Mapping[str, float], others: Mapping[str, Mapping[str, float]]
) -> dict[str, float]:
    """Uzbek forms of any count that Russian or English lists too: the count decides there."""
    keys = {make_russian_key(form) for form in others["ru"]} | set(others["en"])
    return {
        form: frequency
        for form, frequency in uzbek.items()
        if frequency > RAREST_CONTESTED and (make_sound_key(form) in keys or form in keys)
    }


def format_frequencies(frequencies: Mapping[str, Mapping[str, float]]) -> Iterable[str]:
    """Lines ``language level words``; the level is -10 log10 of the frequency, rounded."""
    for language, words in frequencies.items():
        levels: defaultdict[int, list[str]] = defaultdict(list)
        for word, frequency in words.items():
            levels[round(-10 * math.log10(frequency))].append(word)
        for level, level_words in sorted(levels.items()):
            yield f"{language}\t{level}\t{' '.join(sorted(level_words))}"


def format_models(frequencies: Mapping[str, Mapping[str, float]]) -> Iterable[str]:
    """Lines ``model ngrams``: of each n-gram its letters, its probability and its back-off."""
    russian = [*frequencies["ru"], *frequencies["noun"]]
    forms = {"uz": frequencies["uz"], "en": frequencies["en"],
             "ru-key": {make_russian_key(word) for word in russian}}  # fmt: skip
    for name, words in forms.items():
        yield f"{name}\t{' '.join(estimate_letters(sorted(words)))}"


def write(path: Path, title: str, lines: Iterable[str]) -> None:
    """Write a compressed table with its origin."""
    content = HEADER.format(title=title) + "\n".join(lines) + "\n"
    path.write_bytes(lzma.compress(content.encode(), preset=9 | lzma.PRESET_EXTREME))
    print(f"{path.name}: {path.stat().st_size / 1e6:.2f} MB, {len(content) / 1e6:.1f} MB unpacked")


if __name__ == "__main__":
    main()
