"""Builds the word and letter tables of ``ovoz/text/data`` from counted forms of three languages.

    uv pip install uzbek-text-tools==0.1.0 uzbek_morph==1.0.0 wordfreq==3.1.1 \
        pymorphy3==2.0.6
    python benchmarks/build_word_tables.py

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
import json
import lzma
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from ovoz.text.character_folding import OKINA, TUTUQ, fold_apostrophes
from ovoz.text.data_files import read_lines
from ovoz.text.noun_suffixes import NOUN_SUFFIXES
from ovoz.text.romanization import make_russian_key, make_sound_key
from ovoz.text.transliteration import to_latin

if TYPE_CHECKING:
    from pymorphy3 import MorphAnalyzer

DATA = Path(__file__).parents[1] / "ovoz/text/data"
FORMS = {"uz": 220_000, "ru": 165_000, "en": 30_000}
SHORT_SUFFIXES = (
    "ni",
    "ning",
    "ga",
    "da",
    "dan",
    "lar",
    "lari",
    "si",
    "i",
    "im",
    "di",
    "gan",
    "adi",
    "ib",
)
RAREST_CONTESTED = 8e-8
"""Four counts: below are forms that only the analysed ones have."""

COMMONEST_UNKNOWN = 1e-5
NAMES = {"Name", "Surn", "Patr", "Geox", "Orgn"}

QUOTED = {"ru": 0.01, "en": 0.1}
"""Share of Russian and English words in the counts of Uzbek Wikipedia: titles and names."""

ORDER = 5
DISCOUNT = 0.75
FEWEST = {1: 1, 2: 1, 3: 2, 4: 6, 5: 12}
"""An n-gram of letters is kept if at least so many forms have it."""

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
    frequencies["noun"] = select_nouns(frequencies["ru"])
    frequencies["ru"] = {
        form: frequency
        for form, frequency in frequencies["ru"].items()
        if form not in frequencies["noun"]
    }
    frequencies["suffix"] = count_suffixes(uzbek)
    write(out / "word_frequencies.txt.xz", "Word forms by language and frequency.",
          format_frequencies(frequencies))  # fmt: skip
    write(out / "letter_models.txt.xz", "Letter n-grams by language.",
          format_models(frequencies))  # fmt: skip


def count_wordfreq(language: str, letters: str) -> dict[str, float]:
    """Relative frequency of the forms of a language; ё is written е."""
    from wordfreq import get_frequency_dict

    words: defaultdict[str, float] = defaultdict(float)
    for word, frequency in get_frequency_dict(language, wordlist="large").items():
        folded = word.replace("ё", "е")
        if re.fullmatch(letters, folded):
            words[folded] += frequency
    return dict(words)


def count_uzbek(russian: Mapping[str, float], english: Mapping[str, float]) -> dict[str, float]:
    """Relative frequency of Uzbek forms, without the share of quoted Russian and English."""
    counts: Counter[str] = Counter()
    path = resources.files("uzbek_text_tools") / "data/word_freq.json"
    for word, count in json.loads(path.read_text("utf-8")).items():
        folded = fold_apostrophes(word)
        if re.fullmatch(f"[a-z{OKINA}{TUTUQ}]+", folded):
            counts[folded] += count
    total = sum(counts.values())
    keys: defaultdict[str, float] = defaultdict(float)
    for word, frequency in russian.items():
        keys[make_russian_key(word)] += frequency
    cleaned = {}
    for word, count in counts.items():
        quoted = QUOTED["ru"] * keys.get(make_sound_key(word), 0)
        if make_sound_key(word) not in keys:  # else a loan that came through Russian
            quoted += QUOTED["en"] * english.get(word, 0)
        if count / total > 1.5 * quoted:
            cleaned[word] = count / total - quoted
    return add_names(add_loans(add_unseen(cleaned, total), keys), russian)


def add_unseen(words: dict[str, float], total: int) -> dict[str, float]:
    """Add analysed forms and the own lists at small counts; short words are not in the counts."""
    # Its code needs Python 3.12; only its data is read.
    package = find_spec("uzbek_morph")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("install uzbek_morph 1.0.0")
    path = Path(package.origin).parent / "dataset/uzbek_unified.txt"
    for stem in " ".join(read_lines("uzbek_stems.txt")).split():
        words[stem] = max(words.get(stem, 0.0), 1e-5)
    for line in path.read_text("utf-8").splitlines():
        form = fold_apostrophes(line.split("\t")[0].lower())
        if re.fullmatch(f"[a-z{OKINA}{TUTUQ}]+", form):
            words[form] = words.get(form, 0.0) + 3 / total
    estimate_short_words(words)
    for line in read_lines("uzbek_words.txt"):
        per_million, *forms = line.split()
        for form in forms:
            words[form] = max(words.get(form, 0.0), float(per_million) / 1e6)
    return words


def estimate_short_words(words: dict[str, float]) -> None:
    """Estimate words of two and three letters, which the counts omit, from their inflected forms.

    The ratio is that of the words of four and five letters.
    """
    inflected: defaultdict[str, float] = defaultdict(float)
    for word, frequency in words.items():
        for suffix in SHORT_SUFFIXES:
            if word.endswith(suffix) and len(word) - len(suffix) >= 2:
                inflected[word.removesuffix(suffix)] += frequency
    measured = [stem for stem in inflected if words.get(stem, 0) > 1e-5 and len(stem) in (4, 5)]
    ratio = sum(words[stem] for stem in measured) / sum(inflected[stem] for stem in measured)
    print("frequency of a stem / its inflected forms", ratio)
    listed = set(" ".join(read_lines("uzbek_stems.txt")).split()) | set(words)
    for word in listed:
        if len(word.replace(OKINA, "")) <= 3:
            words[word] = max(words.get(word, 0.0), ratio * inflected[word])


def add_loans(words: dict[str, float], keys: Mapping[str, float]) -> dict[str, float]:
    """Make the listed loans at least as frequent as the Russian words that they come from."""
    for loan in " ".join(read_lines("loans.txt")).split():
        words[loan] = max(words.get(loan, 0.0), keys.get(make_sound_key(loan), 0.0), 1e-6)
    return words


def add_names(words: dict[str, float], russian: Mapping[str, float]) -> dict[str, float]:
    """Make names as frequent in Uzbek as in Russian: they are of neither language.

    A rare form is a name if it may be one; those that the Russian dictionary lacks are names and
    abbreviations nearly all.
    """
    analyzer = load_analyzer()
    for form, frequency in keep_top(russian, FORMS["ru"]).items():
        rare = frequency < COMMONEST_UNKNOWN
        parses = analyzer.parse(form)[: None if rare else 1]
        named = any(
            {"nomn", "sing"} <= parse.tag.grammemes and NAMES & parse.tag.grammemes
            for parse in parses
        )
        if named or (rare and not analyzer.word_is_known(form)):
            words[to_latin(form)] = max(words.get(to_latin(form), 0.0), frequency)
    return words


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


def select_nouns(russian: Mapping[str, float]) -> dict[str, float]:
    """Russian nouns in the form in which Uzbek borrows them, the nominative singular."""
    analyzer = load_analyzer()
    return {
        form: frequency
        for form, frequency in russian.items()
        if any({"NOUN", "nomn", "sing"} <= parse.tag.grammemes for parse in analyzer.parse(form))
    }


@cache
def load_analyzer() -> "MorphAnalyzer":
    """The Russian dictionary."""
    from pymorphy3 import MorphAnalyzer

    return MorphAnalyzer()


def count_suffixes(uzbek: Mapping[str, float]) -> dict[str, float]:
    """Share of each chain of suffixes among the inflected forms of the listed loans."""
    loans = [loan for loan in " ".join(read_lines("loans.txt")).split() if len(loan) > 4]
    shares: defaultdict[str, float] = defaultdict(float)
    for word, frequency in uzbek.items():
        for loan in loans:
            if word.startswith(loan) and NOUN_SUFFIXES.fullmatch(word, len(loan)):
                shares[word[len(loan) :]] += frequency
    total = sum(shares.values())
    return {
        suffix: share / total for suffix, share in shares.items() if suffix and share / total > 1e-6
    }


def keep_top(words: Mapping[str, float], count: int) -> dict[str, float]:
    """The most frequent forms."""
    return dict(sorted(words.items(), key=lambda item: (-item[1], item[0]))[:count])


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


def estimate_letters(words: Iterable[str]) -> list[str]:
    """Interpolated absolute discounting over the letters of word types, as in ARPA files."""
    counts: Counter[str] = Counter()
    for word in words:
        padded = f"^{word}$"
        for end in range(2, len(padded) + 1):
            counts.update(padded[start:end] for start in range(max(0, end - ORDER), end))
    kept = {gram: count for gram, count in counts.items() if count >= FEWEST[len(gram)]}
    totals, kept_totals, kinds = Counter[str](), Counter[str](), Counter[str]()
    for gram, count in counts.items():
        totals[gram[:-1]] += count
    for gram, count in kept.items():
        kept_totals[gram[:-1]] += count
        kinds[gram[:-1]] += 1
    backoffs = {
        context: (totals[context] - kept_totals[context] + DISCOUNT * kinds[context])
        / totals[context]
        for context in kinds
    }
    probabilities: dict[str, float] = {}
    for gram in sorted(kept, key=len):
        context = gram[:-1]
        lower = probabilities[gram[1:]] if context else 1 / 40
        probabilities[gram] = (kept[gram] - DISCOUNT) / totals[context] + backoffs[context] * lower
    return [
        gram + quantize(probability) + quantize(backoffs.get(gram, 1.0))
        for gram, probability in sorted(probabilities.items())
    ]


def quantize(probability: float) -> str:
    """A printable character: '!' for 1, one step per tenth of a natural logarithm."""
    return chr(33 + min(93, round(-10 * math.log(probability))))


def write(path: Path, title: str, lines: Iterable[str]) -> None:
    """Write a compressed table with its origin."""
    content = HEADER.format(title=title) + "\n".join(lines) + "\n"
    path.write_bytes(lzma.compress(content.encode(), preset=9 | lzma.PRESET_EXTREME))
    print(f"{path.name}: {path.stat().st_size / 1e6:.2f} MB, {len(content) / 1e6:.1f} MB unpacked")


if __name__ == "__main__":
    main()
