"""Hot words: words that one request asks the decoder to prefer."""

from collections.abc import Mapping, Sequence
from typing import Final

from flashlight.lib.text.decoder import LM, LMState

from ovoz.decoding.hypothesis import Decoder, HotWordDecoder

MAX_HOT_WORDS: Final = 100
MAX_LETTERS: Final = 40


class HotWordsError(ValueError):
    """Hot words that cannot be used; the message says which and why."""


def boost(decoder: Decoder, hot_words: Sequence[str]) -> Decoder:
    """A copy of ``decoder`` that prefers ``hot_words``; the decoder itself where there are none.

    Raises:
        HotWordsError: A word is not usable, or the decoder does not support hot words.
    """
    if not hot_words:
        return decoder
    if not isinstance(decoder, HotWordDecoder):
        raise HotWordsError(
            f"hot words need the lexicon or combined decoder; this is {type(decoder).__name__}"
        )
    return decoder.boost(hot_words)


def check_hot_words(words: Sequence[str]) -> None:
    """Check that there are at most 100 words, each of 1 to 40 letters and without a space.

    Raises:
        HotWordsError: They are not.
    """
    if len(words) > MAX_HOT_WORDS:
        raise HotWordsError(f"{len(words)} hot words: at most {MAX_HOT_WORDS} are taken")
    for word in words:
        if word.split() != [word] or len(word) > MAX_LETTERS:
            raise HotWordsError(
                f"hot word {word[:MAX_LETTERS]!r}: expected one word of 1 to {MAX_LETTERS} letters"
            )


class HotWordModel(LM):  # type: ignore[misc]  # flashlight has no types
    """A language model extended by hot words, each with a bonus.

    Args:
        base: The model that is extended.
        size: Number of its words; its unknown word has this id.
        bonuses: Word id to what is added to its score.
    """

    def __init__(self, base: LM, size: int, bonuses: Mapping[int, float]) -> None:
        super().__init__()
        self._base = base
        self._size = size
        self._bonuses = bonuses

    def start(self, start_with_nothing: bool) -> LMState:
        """The state before the first word."""
        return self._base.start(start_with_nothing)

    def score(self, state: LMState, word: int) -> tuple[LMState, float]:
        """The state after ``word``, and its score (base 10) with the bonus."""
        after, score = self._base.score(state, min(word, self._size))
        return after, score + self._bonuses.get(word, 0.0)

    def finish(self, state: LMState) -> tuple[LMState, float]:
        """The state after the last word, and the score of ending here."""
        after, score = self._base.finish(state)
        return after, score
