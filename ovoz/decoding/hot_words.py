"""Words that one request asks to listen for."""

from collections.abc import Mapping, Sequence
from typing import Final, Protocol, runtime_checkable

from flashlight.lib.text.decoder import LM, LMState

from ovoz.decoding.words import Decoder

MAX_HOT_WORDS: Final = 100
MAX_LETTERS: Final = 40


class HotWordsError(ValueError):
    """Hot words that cannot be used; the message says which, or why none."""


@runtime_checkable
class Boostable(Protocol):
    """A decoder that can prefer some words for one request."""

    def boosted(self, hot_words: Sequence[str]) -> Decoder:
        """The same decoder with a liking for ``hot_words``; itself where there are none.

        Raises:
            ValueError: as :func:`check_hot_words`, or a word that cannot be spelled.
        """
        ...


def boosted(decoder: Decoder, hot_words: Sequence[str]) -> Decoder:
    """``decoder`` with a liking for ``hot_words``.

    Raises:
        ValueError: as :meth:`Boostable.boosted`, or the decoder has no use for hot words.
    """
    if not hot_words:
        return decoder
    if not isinstance(decoder, Boostable):
        raise HotWordsError(
            f"hot words need the lexicon or combined decoder; this is {type(decoder).__name__}"
        )
    return decoder.boosted(hot_words)


def check_hot_words(words: Sequence[str]) -> None:
    """Refuse more than 100 words, and words that are empty, have a space or over 40 letters.

    Raises:
        ValueError: what is wrong, and with which word.
    """
    if len(words) > MAX_HOT_WORDS:
        raise HotWordsError(f"{len(words)} hot words: at most {MAX_HOT_WORDS} are taken")
    for word in words:
        if word.split() != [word] or len(word) > MAX_LETTERS:
            raise HotWordsError(
                f"hot word {word[:MAX_LETTERS]!r}: expected one word of 1 to {MAX_LETTERS} letters"
            )


class HotWordModel(LM):  # type: ignore[misc]  # flashlight has no types
    """A language model with a bonus on some words, and words that it does not know itself.

    Args:
        known: the model underneath.
        size: words that it knows; its own unknown word has this id.
        bonuses: word id → what is added to its score.
    """

    def __init__(self, known: LM, size: int, bonuses: Mapping[int, float]) -> None:
        super().__init__()
        self._known = known
        self._size = size
        self._bonuses = bonuses

    def start(self, start_with_nothing: bool) -> LMState:
        """The state before the first word."""
        return self._known.start(start_with_nothing)

    def score(self, state: LMState, word: int) -> tuple[LMState, float]:
        """The state after ``word``, and its score (base 10) with the bonus."""
        after, score = self._known.score(state, min(word, self._size))
        return after, score + self._bonuses.get(word, 0.0)

    def finish(self, state: LMState) -> tuple[LMState, float]:
        """The state after the last word, and the score of ending here."""
        after, score = self._known.finish(state)
        return after, score
