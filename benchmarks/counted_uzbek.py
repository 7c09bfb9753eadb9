"""Counted forms of Uzbek: of written texts, of analysed verbs, of the own lists."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from importlib.util import find_spec
from pathlib import Path

from benchmarks.counted_russian import NAMES, keep_top, load_analyzer, select_nouns
from ovoz.text.character_folding import OKINA, TUTUQ, fold_apostrophes
from ovoz.text.data_files import read_lines
from ovoz.text.noun_suffixes import NOUN_SUFFIXES
from ovoz.text.romanization import make_russian_key, make_sound_key
from ovoz.text.transliteration import to_latin

RUSSIAN_FORMS = 165_000
SHORT_SUFFIXES = tuple("ni ning ga da dan lar lari si i im di gan adi ib".split())  # noqa: SIM905
COMMONEST_UNKNOWN = 1e-5
QUOTED = {"ru": 0.01, "en": 0.1}
"""Share of Russian and English words in the counts of Uzbek Wikipedia: titles and names."""

LONGEST_CHAIN = 12
FEWEST_VERBS = 3
"""A chain of suffixes is kept if so many verbs have it."""

COMMON_CHAINS = {"gan", "di", "adi", "ydi", "ib", "b"}

_LETTERS = re.compile(f"[a-z{OKINA}{TUTUQ}]+")


@cache
def count_forms() -> Counter[str]:
    """Counts of the forms of Uzbek Wikipedia."""
    counts: Counter[str] = Counter()
    path = resources.files("uzbek_text_tools") / "data/word_freq.json"
    for word, count in json.loads(path.read_text("utf-8")).items():
        folded = fold_apostrophes(word)
        if _LETTERS.fullmatch(folded):
            counts[folded] += count
    return counts


def count_uzbek(russian: Mapping[str, float], english: Mapping[str, float]) -> dict[str, float]:
    """Relative frequency of Uzbek forms, without the share of quoted Russian and English."""
    counts = count_forms()
    total = sum(counts.values())
    keys: defaultdict[str, float] = defaultdict(float)
    for word, frequency in russian.items():
        keys[make_russian_key(word)] += frequency
    nouns = {make_russian_key(noun) for noun in select_nouns(keep_top(russian, RUSSIAN_FORMS))}
    cleaned = {}
    for word, count in counts.items():
        key = make_sound_key(word)
        quoted = QUOTED["ru"] * keys.get(key, 0)
        if key not in keys:  # else a loan that came through Russian
            quoted += QUOTED["en"] * english.get(word, 0)
        if count / total > 1.5 * quoted:
            cleaned[word] = count / total - quoted
        elif key in nouns:  # Uzbek has them nearly as often as Russian, verbs a hundredth as often
            cleaned[word] = 0.6 * count / total
    return add_names(add_loans(add_unseen(cleaned, total), keys), russian)


def read_analysed() -> Iterator[tuple[str, str, str]]:
    """Lemma, form and features of each analysed form."""
    # Its code needs Python 3.12; only its data is read.
    package = find_spec("uzbek_morph")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("install uzbek_morph 1.0.0")
    path = Path(package.origin).parent / "dataset/uzbek_unified.txt"
    for line in path.read_text("utf-8").splitlines():
        lemma, form, features = line.split("\t")
        yield lemma, form, features


def add_unseen(words: dict[str, float], total: int) -> dict[str, float]:
    """Add analysed forms and the own lists at small counts; short words are not in the counts."""
    for stem in " ".join(read_lines("uzbek_stems.txt")).split():
        words[stem] = max(words.get(stem, 0.0), 1e-5)
    for lemma, _, _ in read_analysed():
        form = fold_apostrophes(lemma.lower())
        if _LETTERS.fullmatch(form):
            words[form] = words.get(form, 0.0) + 3 / total
    estimate_short_words(words)
    for line in read_lines("uzbek_words.txt"):
        per_million, *forms = line.split()
        for form in forms:
            words[form] = max(words.get(form, 0.0), float(per_million) / 1e6)
    return words


def count_verbs() -> tuple[dict[str, float], dict[str, float]]:
    """Relative frequency of Uzbek verbs in all their forms, and share of each chain of suffixes.

    A form counts for the longest stem that it begins with. A verb is as frequent as its common
    forms; the others may be those of a noun that is written alike. Written Uzbek has few first and
    second persons: the share of a chain is the mean of that among the running words and that among
    the forms.
    """
    infinitives = (
        fold_apostrophes(form.lower()) for _, form, kind in read_analysed() if kind == "V;NFIN"
    )
    stems = {
        form.removesuffix("moq")
        for form in infinitives
        if form.endswith("moq") and _LETTERS.fullmatch(form)
    }
    counts = count_forms()
    finite, forms, kinds = Counter[str](), Counter[str](), Counter[str]()
    for word, count in counts.items():
        ends = range(len(word) - 1, max(1, len(word) - LONGEST_CHAIN), -1)
        end = next((end for end in ends if word[:end] in stems), None)
        if end is not None:
            forms[word[end:]] += count
            kinds[word[end:]] += 1
            if word[end:] in COMMON_CHAINS:
                finite[word[:end]] += count
    running, types = sum(forms.values()), sum(kinds.values())
    every = sum(counts.values()) * sum(finite.values()) / running
    chains = {
        chain: (forms[chain] / running + kind / types) / 2
        for chain, kind in kinds.items()
        if kind >= FEWEST_VERBS
    }
    return {verb: count / every for verb, count in finite.items() if count > 1}, chains


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
    for form, frequency in keep_top(russian, RUSSIAN_FORMS).items():
        rare = frequency < COMMONEST_UNKNOWN
        parses = analyzer.parse(form)[: None if rare else 1]
        named = any(
            {"nomn", "sing"} <= parse.tag.grammemes and NAMES & parse.tag.grammemes
            for parse in parses
        )
        if named or (rare and not analyzer.word_is_known(form)):
            words[to_latin(form)] = max(words.get(to_latin(form), 0.0), frequency)
    return words


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
