"""What is scored: a reference beside a hypothesis, and the language pack that reads both."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Protocol, cast, runtime_checkable

from ovoz.text.language import LabelWords, Language, label_by_script
from ovoz.text.pack import PackConfig


@dataclass(frozen=True, slots=True)
class Pair:
    """One utterance: what was said and what a system wrote.

    ``hypothesis_language`` is the label the system itself gave to the utterance; where it is None
    the label is read from the words of the hypothesis. An empty ``speaker`` means unknown.
    """

    reference: str
    hypothesis: str
    speaker: str = ""
    id: str = ""
    condition: str = ""
    dialect: str = ""
    source: str = ""
    hypothesis_language: Language | None = None


@runtime_checkable
class CanonicalText(Protocol):
    """The part of a language pack that scoring needs."""

    def canonical(self, text: str) -> str:
        """Canonical transcript of ``text``, from any script people write it in."""
        ...


@runtime_checkable
class WrittenText(Protocol):
    """A pack that folds how a text is written and leaves every word in its script."""

    def written(self, text: str) -> str:
        """One apostrophe, lower case, no punctuation: nothing that changes the script of a word."""
        ...


@runtime_checkable
class LiteraryText(Protocol):
    """A pack that also knows dialects."""

    def literary(self, text: str) -> str:
        """Literary form of a canonical transcript."""
        ...


@runtime_checkable
class WordLabels(Protocol):
    """A pack that says which languages the words of a canonical transcript are of."""

    @property
    def config(self) -> PackConfig:
        """What the pack says of itself."""
        ...

    def transcript_languages(self, words: Sequence[str]) -> Sequence[Language]:
        """Language of each word of a canonical transcript."""
        ...


@dataclass(frozen=True, slots=True)
class Views:
    """The readings of a text that are scored; each gives words with single spaces between them.

    ``raw`` takes the text as written and changes nothing but spaces, ``written`` folds apostrophes,
    case and punctuation too, ``canonical`` gives the transcript of the language pack (the text as
    written where there is no pack). ``literary`` takes a canonical transcript and gives it without
    dialect forms; it is None where the pack knows no dialects. ``label`` gives the languages of the
    words of a canonical transcript; ``languages`` are those it tells apart, the matrix language
    first.
    """

    raw: Callable[[str], str]
    written: Callable[[str], str]
    canonical: Callable[[str], str]
    literary: Callable[[str], str] | None
    label: LabelWords = label_by_script
    languages: tuple[Language, ...] = (Language.UZBEK, Language.RUSSIAN)


def views(pack: CanonicalText | None) -> Views:
    """The readings that ``pack`` allows; canonical texts are remembered between uses."""
    if pack is None:
        return Views(_spaced, _spaced, _spaced, None)
    return _read_with(cast("object", pack))


@lru_cache(maxsize=8)
def _read_with(pack: CanonicalText) -> Views:
    literary = pack.literary if isinstance(pack, LiteraryText) else None
    reading = Views(
        _spaced,
        _then_spaced(pack.written) if isinstance(pack, WrittenText) else _spaced,
        lru_cache(maxsize=200_000)(_then_spaced(pack.canonical)),
        literary and _then_spaced(literary),
    )
    if not isinstance(pack, WordLabels):
        return reading
    return replace(reading, label=pack.transcript_languages, languages=pack.config.languages)


def _spaced(text: str) -> str:
    return " ".join(text.split())


def _then_spaced(reading: Callable[[str], str]) -> Callable[[str], str]:
    return lambda text: _spaced(reading(text))
