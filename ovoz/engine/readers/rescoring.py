"""The rescoring reader: a search over CTC, its best hypotheses scored by the attention head."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from ovoz.audio.signal import Samples, Seconds
from ovoz.decoding.ctc_path import LogProbs
from ovoz.decoding.hypothesis import DecodedWord
from ovoz.decoding.rescoring import RescoredHypothesis, Rescorer, TextScorer
from ovoz.engine.frontend import Frontend
from ovoz.engine.readers import AllowedLetters, DecodedSignal
from ovoz.engine.readers.letters import LetterMask
from ovoz.engine.readers.window_by_window import read_windows
from ovoz.engine.runtimes import HybridRuntime, TokenScorer
from ovoz.engine.workers import Workers

if TYPE_CHECKING:  # tokenizers comes with an extra
    from ovoz.model.text_tokens import TextTokens

PADDING: Final = -100
"""Stands behind the tokens of a row, and is never scored."""


class RescoringReader:
    """Reads signals by both heads of a hybrid network.

    The encoder runs once per window. The best hypotheses of the CTC head go to the attention head
    with the same encoder frames. Word times and confidences are those of the CTC path.

    Args:
        runtime: Runs the network.
        rescorer: Searches and chooses.
        symbols: Of the CTC classes 1, 2, …; class 0 is the blank.
        tokens: What the attention head reads.
        frontend: Prepares signals for the network.
        max_tokens: Most tokens of a text, prompt and end included; longer texts are not scored.
        workers: Threads for windows; one by default.
    """

    def __init__(
        self,
        runtime: HybridRuntime,
        rescorer: Rescorer,
        symbols: Sequence[str],
        tokens: "TextTokens",
        frontend: Frontend,
        *,
        max_tokens: int,
        workers: Workers | None = None,
    ) -> None:
        self.rescorer = rescorer
        self._runtime = runtime
        self._mask = LetterMask(symbols)
        self._tokens = tokens
        self._frontend = frontend
        self._max_tokens = max_tokens
        self._workers = workers or Workers()

    @property
    def frame_s(self) -> Seconds:
        """Seconds of audio per frame of the encoder."""
        return self._frontend.frame_s

    def read(
        self,
        batch: Sequence[Samples],
        *,
        hot_words: Sequence[str] = (),
        allowed_letters: AllowedLetters | None = None,
    ) -> list[DecodedSignal]:
        """As :meth:`ovoz.engine.readers.Reader.read`."""
        rescorer = self.rescorer.boost(hot_words)

        def read(window: Samples) -> tuple[DecodedWord, ...]:
            log_probs, score_texts = self._encode(window)
            masked = self._mask.apply(log_probs, allowed_letters)
            return rescorer.decode(masked, score_texts).words

        return read_windows(read, batch, self._frontend, self._workers)

    def rescore(self, samples: Samples) -> list[list[RescoredHypothesis]]:
        """Every window's hypotheses in the order of the search, with both scores.

        Raises:
            ValueError: As :meth:`read`.
        """
        (windows,) = self._frontend.windows([samples])
        return [self.rescorer.rescore(*self._encode(window)) for window in windows]

    def _encode(self, window: Samples) -> tuple[LogProbs, TextScorer]:
        """Log-probabilities of a window, and what scores texts for it."""
        log_probs, score_tokens = self._runtime.encode(self._frontend.features(window))
        return log_probs, partial(self._score_texts, score_tokens)

    def _score_texts(self, score_tokens: TokenScorer, texts: Sequence[str]) -> list[float]:
        ids = [[*self._tokens.prompt, *self._tokens.encode(one), self._tokens.end] for one in texts]
        scores = [-np.inf] * len(texts)
        short = [place for place, row in enumerate(ids) if len(row) <= self._max_tokens]
        if short:
            found = score_tokens(padded([ids[place] for place in short]))
            for place, score in zip(short, found.tolist(), strict=True):
                scores[place] = score
        return scores


def padded(rows: Sequence[Sequence[int]]) -> npt.NDArray[np.int64]:
    """Rows of several lengths as one array int64 [N, L], :data:`PADDING` behind."""
    result = np.full((len(rows), max(map(len, rows))), PADDING, np.int64)
    for line, row in zip(result, rows, strict=True):
        line[: len(row)] = row
    return result
