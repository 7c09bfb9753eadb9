"""Which sentences belong to which split, and who speaks them."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from ovoz.corpus.manifest import Dialect, Split
from ovoz.corpus.synthetic.config import SyntheticConfig
from ovoz.corpus.synthetic.grammar import SentenceSampler
from ovoz.corpus.synthetic.makers import find_makers
from ovoz.corpus.synthetic.voices import Voice, cast
from ovoz.text.dialects import to_dialect
from ovoz.text.language import Language, utterance_language
from ovoz.text.pack import LanguagePack

_WORDS: Final = range(3, 10)


@dataclass(frozen=True, slots=True)
class PlannedUtterance:
    """A sentence and its speaker, before it is spoken.

    ``text`` is what the voice reads; ``transcript`` its canonical form, which has no ё.
    """

    id: str
    split: Split
    text: str
    transcript: str
    language: Language
    voice: Voice
    dialect: Dialect = Dialect.UNKNOWN


def plan(config: SyntheticConfig, pack: LanguagePack) -> list[PlannedUtterance]:
    """Every utterance of the corpus, the same for the same configuration.

    No sentence occurs twice. Dev and test hold only words of the training split; a sentence of
    ``open`` holds at least one that training never has.
    """
    planner = _Planner(config, pack)
    voices = cast(config.seed, config.train_voices, config.dev_voices, config.test_voices)
    train_voices, dev_voices, test_voices = voices
    planned = list(planner.split(Split.TRAIN, config.train, train_voices, lambda _words: True))
    known = planner.words()  # literary ones: a dialect's follow from them

    planned += planner.split(Split.DEV, config.dev, dev_voices, known.issuperset)
    planned += planner.split(Split.TEST, config.test, test_voices, known.issuperset)
    planned += planner.split(
        Split.OPEN, config.open, test_voices, lambda words: not known.issuperset(words)
    )
    return planned


def _in_dialect(text: str, dialect: Dialect) -> str:
    return text if dialect is Dialect.UNKNOWN else to_dialect(text, dialect.value)


class _Planner:
    def __init__(self, config: SyntheticConfig, pack: LanguagePack) -> None:
        self._config = config
        self._pack = pack
        self._makers = find_makers(pack)
        self._taken: set[str] = set()

    def words(self) -> set[str]:
        """Words of all sentences so far, before they were put into a dialect."""
        return {word for text in self._taken for word in text.split()}

    def split(
        self,
        split: Split,
        count: int,
        voices: list[Voice],
        fits: Callable[[list[str]], bool],
    ) -> Iterator[PlannedUtterance]:
        """``count`` new sentences that fit, spoken by the voices in turn."""
        rng = np.random.default_rng([self._config.seed, 2, *split.value.encode()])
        dialect_rng = np.random.default_rng([self._config.seed, 3, *split.value.encode()])
        languages = self._languages(split, count)
        for number, language in enumerate(languages):
            literary = self._sentence(language, split, rng, fits)
            voice = voices[int(rng.integers(len(voices)))]
            dialect = self._dialect(literary, language, dialect_rng.random())
            yield PlannedUtterance(
                id=f"{split.value}-{number:05d}",
                split=split,
                text=_in_dialect(literary, dialect),
                transcript=_in_dialect(self._pack.canonical(literary), dialect),
                language=language,
                voice=replace(voice, accent=self._config.accents.get(dialect, voice.accent)),
                dialect=dialect,
            )

    def _dialect(self, text: str, language: Language, drawn: float) -> Dialect:
        """The dialect that ``drawn`` in [0, 1) falls to, if its speakers are heard to speak it."""
        shares = self._config.dialects
        edges = zip(shares, np.cumsum([*shares.values()]), strict=True)
        dialect = next((one for one, edge in edges if drawn < edge), Dialect.UNKNOWN)
        heard = dialect in self._config.accents or _in_dialect(text, dialect) != text
        embedded = self._pack.config.languages[1:]
        return dialect if heard and language not in embedded else Dialect.UNKNOWN

    def _languages(self, split: Split, count: int) -> list[Language]:
        equal = dict.fromkeys(self._makers, 1.0)
        shares = self._config.shares or equal
        if split is not Split.TRAIN:
            shares = {one: equal[one] for one in equal if shares.get(one)}
        total, languages = sum(shares.values()), list(shares)
        edges = np.cumsum([shares[language] / total for language in languages])
        # Evenly spread, not drawn: the shares hold in a corpus of any size.
        places = (np.arange(count) * 0.618033988749895 + 0.5) % 1.0
        return [languages[int(np.searchsorted(edges, place))] for place in places]

    def _sentence(
        self,
        language: Language,
        split: Split,
        rng: np.random.Generator,
        fits: Callable[[list[str]], bool],
    ) -> str:
        """The next sentence that is new, of the right length and language, and fits the split."""
        allowed = (lambda _stem: True) if split is Split.OPEN else self._is_trained
        for _ in range(100_000):
            text = self._makers[language](SentenceSampler(rng, self._pack, allowed))
            words = text.split()
            if (
                text not in self._taken
                and len(words) in _WORDS
                and utterance_language(words, self._pack.transcript_languages) is language
                and fits(words)
            ):
                self._taken.add(text)
                return text
        raise ValueError(
            f"the grammar has no further {language.value} sentence for {split.value}:"
            " make the split smaller, or train larger so that more words are known"
        )

    def _is_trained(self, stem: str) -> bool:
        """Whether a stem is used outside ``open``; the same for every run."""
        digest = hashlib.sha256(f"{self._config.seed} {stem}".encode()).digest()
        return int.from_bytes(digest[:8]) / 2**64 >= self._config.held_out_share
