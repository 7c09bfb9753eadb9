"""Writes spoken numbers as figures: inverse normalization of a canonical transcript.

A figure is written only if the verbalizer reads it back, between its neighbours, as the number that
was spoken, with the same suffix and beside the same words. So both directions share one set of
rules, and none can lose or change a number. Figures do not show the case of a Russian number
(двадцать пятого января, 25 января); the spoken words are kept beside them.

Own code: pynini (2.1.7), in which such grammars are usually written and which nemo-text-processing
needs, is a wheel of 166 MB, ten times what the service may grow by; NeMo's Russian grammars do not
know a switch of language, and Uzbek has none.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from ovoz.text.canonicalization import canonicalize
from ovoz.text.figures.dates import MONTHS_RU, MONTHS_UZ
from ovoz.text.figures.roman import write_roman
from ovoz.text.language import Language
from ovoz.text.written.digit_groups import read_digit_groups
from ovoz.text.written.number_runs import propose_decimal, propose_run
from ovoz.text.written.number_words import NumberPhrase, find_numbers, read_number
from ovoz.text.written.tokens import TokenKind, WrittenForm, WrittenToken, as_spoken, is_mark

_FIRST_FIGURE: Final = 10
"""Smaller numbers stay words, unless something is measured or numbered by them."""

_LARGE: Final = {
    10**6: ("million", "миллион"),
    10**9: ("milliard", "миллиард"),
    10**12: ("trillion", "триллион"),
}
_MEASURED: Final = (
    "soʻm", "foiz", "dollar", "yevro", "rubl", "kilo", "kg", "km", "metr", "litr", "gradus",
    "daraja", "сум", "процент", "доллар", "евро", "рубл", "кило", "метр", "литр", "градус",
)  # fmt: skip
_NUMBERED: Final = (
    "sinf", "kurs", "qavat", "bosqich", "guruh", "xona", "uy", "maktab", "bob", *MONTHS_UZ,
)  # fmt: skip
_NUMBERED_RU: Final = ("класс", "курс", "этаж", "групп", "школ", "глав", *MONTHS_RU)
_NOT_NUMBERED: Final = ("marta", "bobo", "uyqu", "mayda")
_UNSURE: Final = (100, 1000)
"""Yuz is a face too, and alone both are a figure of speech: ming rahmat, сто лет."""

_FOREIGN: Final = "chet"
"""Chet ellik, a foreigner, is not fifty."""

_LARGEST_ORDINAL: Final = 10_000

_ENDINGS: Final = ("й", "я", "е", "го", "му", "м", "ю", "х", "ми")
_CONTEXT: Final = 3


def write_figures(words: Sequence[str]) -> WrittenForm:
    """The written form of a canonical transcript with figures for its numbers."""
    tokens: list[WrittenToken] = []
    phrases = find_numbers(words)
    at = 0
    while at < len(phrases):
        run = _take_run(phrases, at)
        for token in _write_numbers(words, run):
            if not tokens or token.start >= tokens[-1].end:
                tokens.append(token)
        at += len(run)
        while tokens and at < len(phrases) and phrases[at].start < tokens[-1].end:
            at += 1
    return as_spoken(words).replace(tokens)


def _take_run(phrases: Sequence[NumberPhrase], at: int) -> Sequence[NumberPhrase]:
    """Number phrases that follow one another without a word between them."""
    end = at + 1
    while end < len(phrases) and phrases[end].start == phrases[end - 1].end:
        end += 1
    return phrases[at:end]


def _write_numbers(words: Sequence[str], run: Sequence[NumberPhrase]) -> Iterator[WrittenToken]:
    """The figures of a run: one for all of it, or those of its parts."""
    whole = read_digit_groups(words, run[0].start, run[-1].end) or _write_run(words, run)
    if whole is None and len(run) > 1 and run[0].value == 1:
        whole = _write_run(words, run[1:])  # bir yigirmata: some twenty
    if whole:
        yield whole
        return
    if len(run) == 1:
        return
    parts = list(_split_run(run))
    if len(parts) > 1:
        for part in parts:
            yield from _write_numbers(words, part)
    elif not any(_runs_on(words, phrase) for phrase in run[:-1]):
        tokens = (_write_run(words, [phrase]) for phrase in run)
        yield from filter(None, tokens)


def _split_run(run: Sequence[NumberPhrase]) -> Iterator[Sequence[NumberPhrase]]:
    """Parts of a run; a suffix or an ordinal ends one: yuztadan oʻnta."""
    start = 0
    for end, phrase in enumerate(run, start=1):
        if phrase.suffix or phrase.ordinal or end == len(run):
            yield run[start:end]
            start = end


def _runs_on(words: Sequence[str], phrase: NumberPhrase) -> bool:
    """Whether another number begins with its last word: yetti yuz sakkiz | yuz, 708 or 700."""
    following = read_number(words, phrase.end - 1)
    return following is not None and following.end > phrase.end


def _write_run(words: Sequence[str], run: Sequence[NumberPhrase]) -> WrittenToken | None:
    start = run[0].start
    proposals = _propose(words, run[0]) if len(run) == 1 else propose_run(words, run)
    for text, end in proposals:
        if _reads_back(words, start, end, text):
            return WrittenToken(text, start, end, TokenKind.FIGURE)
    return None


def _reads_back(words: Sequence[str], start: int, end: int, text: str) -> bool:
    """Whether the verbalizer says the spoken number of a figure between its neighbours."""
    # A mark of redaction is not spoken.
    before = [word for word in words[max(0, start - _CONTEXT) : start] if not is_mark(word)]
    after = [word for word in words[end : end + _CONTEXT] if not is_mark(word)]
    read = canonicalize(" ".join([*before, text, *after])).split()
    return _read_values(read) == _read_values([*before, *words[start:end], *after])


def _read_values(words: Sequence[str]) -> list[str | tuple[object, ...]]:
    """The words, with numbers as value, language, kind and suffix."""
    values: list[str | tuple[object, ...]] = []
    end = 0
    for phrase in find_numbers(words):
        values += [*words[end : phrase.start], phrase[2:]]
        end = phrase.end
    return [*values, *words[end:]]


def _propose(words: Sequence[str], phrase: NumberPhrase) -> Iterator[tuple[str, int]]:
    """Writings of a number, the best first, and the word after the last that each stands for."""
    after = words[phrase.end] if phrase.end < len(words) else ""
    yield from propose_decimal(words, phrase)
    measured = after.startswith(_MEASURED)
    if phrase.ordinal:
        yield from _propose_ordinal(words, phrase, after)
        return
    if not _is_sure(words, phrase, measured):
        return
    figure = _group(phrase.value)
    if after in ("foiz", "процент", "процента", "процентов") and not phrase.suffix:
        yield f"{figure}%", phrase.end + 1
    for scale, names in _LARGE.items():
        if phrase.value % scale == 0 and phrase.value % (scale * 1000):
            yield from _propose_scale(words, phrase, scale, names)
    if not phrase.suffix:
        yield figure, phrase.end
        return
    for joint in (" ", "-", ""):
        yield f"{figure}{joint}{phrase.suffix}", phrase.end


def _is_sure(words: Sequence[str], phrase: NumberPhrase, measured: bool) -> bool:
    """Whether a cardinal is a figure by the conventions of docs/text.md."""
    alone = phrase.end - phrase.start == 1
    before = words[phrase.start - 1] if phrase.start else ""
    if phrase.suffix.startswith("lab") or (alone and before == _FOREIGN):
        return False
    if alone and phrase.value >= min(_LARGE):
        return False  # million dollar, миллион раз
    if phrase.value < _FIRST_FIGURE or (alone and phrase.value in _UNSURE):
        return measured or (phrase.value in _UNSURE and phrase.suffix.startswith("ta"))
    return True


def _propose_scale(
    words: Sequence[str], phrase: NumberPhrase, scale: int, names: tuple[str, str]
) -> Iterator[tuple[str, int]]:
    """5 million, 5 миллионов: the scale word stays."""
    last = words[phrase.end - 1]
    if last.startswith(names) and phrase.end - phrase.start > 1:
        yield f"{_name_scales(words, phrase, scale)} {last}", phrase.end


def _name_scales(words: Sequence[str], phrase: NumberPhrase, scale: int) -> str:
    """1 milliard 200, before the scale of the number itself; all in figures if it is short."""
    parts, rest = [], phrase.value
    for larger, names in sorted(_LARGE.items(), reverse=True):
        said = [word for word in words[phrase.start : phrase.end] if word.startswith(names)]
        if larger > scale and rest >= larger and said:
            parts.append(f"{rest // larger} {said[0]}")
            rest %= larger
    return " ".join([*parts, str(rest // scale)])


def _propose_ordinal(
    words: Sequence[str], phrase: NumberPhrase, after: str
) -> Iterator[tuple[str, int]]:
    russian = phrase.language is Language.RUSSIAN
    numbered = after.startswith(_NUMBERED_RU if russian else _NUMBERED)
    numbered = numbered and not after.startswith(_NOT_NUMBERED)
    small = phrase.value < _FIRST_FIGURE and not numbered
    if phrase.suffix or small or phrase.value > _LARGEST_ORDINAL:
        return
    if russian:
        if after in MONTHS_RU or after.startswith("год"):
            yield str(phrase.value), phrase.end
        last = words[phrase.end - 1]
        for ending in _ENDINGS:
            if last.endswith(ending):
                yield f"{phrase.value}-{ending}", phrase.end
    elif after.startswith("asr") and phrase.value < 40:
        yield write_roman(phrase.value), phrase.end
    elif after:
        yield f"{phrase.value}-{after}", phrase.end + 1


def _group(value: int) -> str:
    """Thousands in groups, from five digits on, as both languages write them."""
    return f"{value:,}".replace(",", " ") if value >= 10_000 else str(value)
