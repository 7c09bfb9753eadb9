"""Which sentences belong to which split, and who speaks them."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from ovoz.corpus.manifest import Split
from ovoz.corpus.synthetic import sentences_mixed, sentences_ru, sentences_uz
from ovoz.corpus.synthetic.config import SyntheticConfig
from ovoz.corpus.synthetic.grammar import Draw
from ovoz.corpus.synthetic.voices import Voice, cast
from ovoz.text.language import Language, utterance_language
from ovoz.text.pack import LanguagePack

_WORDS: Final = range(3, 10)
_SENTENCES: Final[dict[Language, Callable[[Draw], str]]] = {
    Language.UZBEK: sentences_uz.sentence,
    Language.RUSSIAN: sentences_ru.sentence,
    Language.MIXED: sentences_mixed.sentence,
}


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


def plan(config: SyntheticConfig, pack: LanguagePack) -> list[PlannedUtterance]:
    """Every utterance of the corpus, the same for the same configuration.

    No sentence occurs twice. Dev and test hold only words of the training split; a sentence of
    ``open`` holds at least one that training never has.
    """
    planner = _Planner(config, pack)
    voices = cast(config.seed, config.train_voices, config.dev_voices, config.test_voices)
    train_voices, dev_voices, test_voices = voices
    planned = list(planner.split(Split.TRAIN, config.train, train_voices, _any))
    known = {word for utterance in planned for word in utterance.text.split()}

    def closed(words: list[str]) -> bool:
        return known.issuperset(words)

    def opened(words: list[str]) -> bool:
        return not known.issuperset(words)

    planned += planner.split(Split.DEV, config.dev, dev_voices, closed)
    planned += planner.split(Split.TEST, config.test, test_voices, closed)
    planned += planner.split(Split.OPEN, config.open, test_voices, opened)
    return planned


def _any(_words: list[str]) -> bool:
    return True


class _Planner:
    def __init__(self, config: SyntheticConfig, pack: LanguagePack) -> None:
        self._config = config
        self._pack = pack
        self._taken: set[str] = set()

    def split(
        self,
        split: Split,
        count: int,
        voices: list[Voice],
        fits: Callable[[list[str]], bool],
    ) -> Iterator[PlannedUtterance]:
        """``count`` new sentences that fit, spoken by the voices in turn."""
        rng = np.random.default_rng([self._config.seed, 2, *split.value.encode()])
        languages = self._languages(split, count)
        for number, language in enumerate(languages):
            text = self._sentence(language, split, rng, fits)
            yield PlannedUtterance(
                id=f"{split.value}-{number:05d}",
                split=split,
                text=text,
                transcript=self._pack.canonical(text),
                language=language,
                voice=voices[int(rng.integers(len(voices)))],
            )

    def _languages(self, split: Split, count: int) -> list[Language]:
        shares = self._config.shares if split is Split.TRAIN else dict.fromkeys(_SENTENCES, 1.0)
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
        allowed = _everything if split is Split.OPEN else self._trained
        for _ in range(100_000):
            text = _SENTENCES[language](Draw(rng, self._pack, allowed))
            words = text.split()
            if (
                text not in self._taken
                and len(words) in _WORDS
                and utterance_language(words) is language
                and fits(words)
            ):
                self._taken.add(text)
                return text
        raise ValueError(
            f"the grammar has no further {language.value} sentence for {split.value}:"
            " make the split smaller, or train larger so that more words are known"
        )

    def _trained(self, stem: str) -> bool:
        """Whether a stem is used outside ``open``; the same for every run."""
        digest = hashlib.sha256(f"{self._config.seed} {stem}".encode()).digest()
        return int.from_bytes(digest[:8]) / 2**64 >= self._config.held_out_share


def _everything(_stem: str) -> bool:
    return True
