"""Fits the weights of the word-language model, ``ovoz/text/data/label_weights.toml``.

    apt-get download hunspell-uz fortunes-ru firefox-esr-l10n-uz   # Debian 12
    # then dpkg -x each into FOLDER
    python benchmarks/fit_label_weights.py --debian FOLDER

Nothing that the model is judged on (benchmarks/word_language.py) is looked at. The weights are set
one after the other to the value with the least loss, until no weight changes, on

- the two labelled lists of ``tests/unit/text/data`` (own texts);
- Uzbek without Russian in both scripts: drawn from hunspell-uz 0.6 (97,000 forms, proper names and
  rare ones among them) and from the counted forms; and messages of Firefox in Uzbek (MPL 2.0);
- Russian: sentences of fortunes-ru and beginnings of them, as they are and in Latin letters;
- Uzbek with up to three words of a Russian sentence among its own;
- English words, alone and among Uzbek ones, drawn from the counted forms.

The loss is the share of wrong words, and of Uzbek sentences with a false Russian word, each set
weighed as in ``LOSS``, and ``STAY`` for each unit by which a weight leaves its first value, which
was set by hand.
"""

import argparse
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict, astuple, fields, replace
from pathlib import Path
from unittest.mock import patch
from zipfile import ZipFile

from ovoz.text import label_weights, word_likelihood
from ovoz.text.data_files import read_text
from ovoz.text.label_weights import LabelWeights
from ovoz.text.normalization import normalize
from ovoz.text.transliteration import to_cyrillic, to_latin
from ovoz.text.word_frequencies import load_frequencies
from ovoz.text.word_language import label_words

ROOT = Path(__file__).parents[1]
WEIGHTS = ROOT / "ovoz/text/data/label_weights.toml"
LISTS = ("word_language.txt", "word_language_second_hand.txt")
LOSS = {"lists": 1.0, "uzbek": 1.5, "russian": 0.3, "switched": 0.5, "english": 0.1}
STAY = 0.0004
OF_PATHS = ("switched", "switched_cyrillic", "other_script")
"""Weights that no likelihood of a word depends on; nor does one on a row."""

STEPS = (-1.0, -0.5, 0.5, 1.0)
SENTENCES = 200

Labelled = tuple[list[str], list[str]]
"""Words of a sentence and their labels."""


def main() -> None:
    """Fit the weights and write them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--debian", type=Path, required=True, help="where both packages lie")
    sets = draw_sets(parser.parse_args().debian)
    first = weights = label_weights.load_weights()
    least = measure_loss(sets, weights, show=True)
    changed = True
    while changed:
        changed = False
        for name, position in list_weights(weights):
            measures = position is None and name not in OF_PATHS
            for step in STEPS:
                candidate = move(weights, name, position, step)
                if measures:
                    word_likelihood.measure_word.clear()
                loss = measure_loss(sets, candidate) + STAY * measure_distance(candidate, first)
                if loss < least - 1e-6:
                    weights, least, changed = candidate, loss, True
                    print(f"{name}[{position}] {step:+}: {loss:.5f}", flush=True)
            if measures:
                word_likelihood.measure_word.clear()
    measure_loss(sets, weights, show=True)
    write(weights)


def list_weights(weights: LabelWeights) -> Iterator[tuple[str, int | None]]:
    """Names of all weights; of a row each position but the first, which the others are beside."""
    for field in fields(weights):
        row = isinstance(getattr(weights, field.name), tuple)
        yield from ((field.name, position) for position in (range(1, 4) if row else (None,)))


def move(weights: LabelWeights, name: str, position: int | None, step: float) -> LabelWeights:
    """The weights with one of them moved; none rises above 0."""
    value = getattr(weights, name)
    if position is None:
        return replace(weights, **{name: round(min(0.0, value + step), 2)})
    row = list(value)
    row[position] = round(min(0.0, row[position] + step), 2)
    return replace(weights, **{name: tuple(row)})  # type: ignore[arg-type]


def measure_distance(weights: LabelWeights, first: LabelWeights) -> float:
    """Sum of the changes of all weights."""
    pairs = zip(list_values(weights), list_values(first), strict=True)
    return sum(abs(value - before) for value, before in pairs)


def list_values(weights: LabelWeights) -> list[float]:
    """All numbers."""
    rows = (value if isinstance(value, tuple) else (value,) for value in astuple(weights))
    return [value for row in rows for value in row]


def measure_loss(
    sets: dict[str, list[Labelled]], weights: LabelWeights, *, show: bool = False
) -> float:
    """Weighted share of errors."""
    with (
        patch.object(label_weights, "load_weights", lambda: weights),
        patch("ovoz.text.word_language.load_weights", lambda: weights),
    ):
        shares = {name: measure_share(name, texts) for name, texts in sets.items()}
    if show:
        print({name: round(share, 4) for name, share in shares.items()})
    return sum(LOSS[name] * share for name, share in shares.items())


def measure_share(name: str, texts: Sequence[Labelled]) -> float:
    """Share of wrong words; of Uzbek the share of sentences with a Russian word."""
    if name == "uzbek":
        wrong = sum(bool({"ru", "mixed"} & set(label_words(words))) for words, _ in texts)
        return wrong / len(texts)
    pairs = [
        (found, label)
        for words, labels in texts
        for found, label in zip(label_words(words), labels, strict=True)
    ]
    return sum(found != label for found, label in pairs) / len(pairs)


def draw_sets(debian: Path) -> dict[str, list[Labelled]]:
    """The labelled sentences by the name of their set."""
    draw = random.Random(0)
    forms = next(debian.rglob("uz_UZ.dic")).read_text("utf-8").splitlines()[1:]
    rare = [to_latin(form.partition("/")[0].lower()) for form in forms]
    common = load_frequencies("uz")
    listed, shares = list(common), [math.exp(value) for value in common.values()]
    uzbek = []
    for number in range(2 * SENTENCES):
        words = draw.choices(rare, k=draw.randint(0, 4))
        words += draw.choices(listed, shares, k=draw.randint(1, 6))
        draw.shuffle(words)
        uzbek.append(normalize(to_cyrillic(" ".join(words)) if number % 2 else " ".join(words)))
    russian = draw.sample(list(read_fortunes(debian)), 2 * SENTENCES)
    russian = [cut(draw, text) for text in russian]
    pairs = zip(uzbek, russian, strict=True)
    switched = [switch(draw, *pair, "ru") for pair in pairs if " " in pair[0]]
    english_words = load_frequencies("en")
    shares = [math.exp(value) for value in english_words.values()]
    of_english = [" ".join(draw.choices(list(english_words), shares, k=4)) for _ in uzbek]
    english = [label(text, "other") for text in of_english[:SENTENCES]]
    english += [switch(draw, *pair, "other") for pair in zip(uzbek, of_english, strict=True)]
    messages = draw.sample(list(read_messages(debian)), SENTENCES)
    uzbek += messages + [normalize(to_cyrillic(text)) for text in messages]
    return {
        "lists": [pair for name in LISTS for pair in read_list(name)],
        "uzbek": [label(text, "uz") for text in uzbek],
        "russian": [label(to_latin(text) if number % 3 == 0 else text, "ru")
                    for number, text in enumerate(russian)],
        "switched": switched,
        "english": english,
    }  # fmt: skip


def label(text: str, language: str) -> Labelled:
    """A sentence of one language."""
    words = text.split()
    return words, [language] * len(words)


def switch(draw: random.Random, uzbek: str, other: str, language: str) -> Labelled:
    """Uzbek with up to three neighbouring words of another sentence, each in its script."""
    words, phrase = uzbek.split(), other.split()
    start, place = draw.randrange(len(phrase)), draw.randrange(len(words))
    phrase = phrase[start : start + draw.randint(1, 3)]
    return (
        words[:place] + phrase + words[place:],
        ["uz"] * place + [language] * len(phrase) + ["uz"] * (len(words) - place),
    )


def read_fortunes(debian: Path) -> Iterator[str]:
    """Russian sentences of five to twelve words."""
    for path in sorted(debian.rglob("fortunes/ru/*.u8")):
        for line in path.resolve().read_text("utf-8", errors="replace").splitlines():
            text = normalize(line)
            if 5 <= len(text.split()) <= 12 and all(word >= "а" for word in text.split()):
                yield text


def read_messages(debian: Path) -> Iterator[str]:
    """Messages of Firefox of at least three words, without names of parts in braces."""
    with ZipFile(next(debian.rglob("langpack-uz*.xpi"))) as pack:
        for name in sorted(pack.namelist()):
            if name.endswith(".ftl"):
                for line in pack.read(name).decode().splitlines():
                    value = line.partition(" = ")[2]
                    if len(value.split()) > 2 and not set("{}<>&") & set(value):
                        yield normalize(value)


def cut(draw: random.Random, text: str) -> str:
    """The beginning of a sentence, two words at least."""
    words = text.split()
    return " ".join(words[: draw.randint(2, len(words))])


def read_list(name: str) -> Iterator[Labelled]:
    """A labelled list of the tests."""
    path = ROOT / "tests/unit/text/data" / name
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("#"):
            continue
        default, *tokens = [token for token in line.split() if token != ","]
        pairs = [token.partition("/") for token in tokens]
        yield [normalize(word) for word, _, _ in pairs], [mark or default for _, _, mark in pairs]


def write(weights: LabelWeights) -> None:
    """Write the weights below the comment of the file."""
    comment = [line for line in read_text(WEIGHTS.name).splitlines() if line.startswith("#")]
    values = [
        f"{name} = {list(value) if isinstance(value, tuple) else value}"
        for name, value in asdict(weights).items()
    ]
    WEIGHTS.write_text("\n".join([*comment, *values, ""]), "utf-8")


if __name__ == "__main__":
    main()
