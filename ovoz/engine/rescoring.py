"""Both heads of a hybrid network at once: CTC reads, attention judges."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, Generic, TypeVar, Unpack

import numpy as np
import numpy.typing as npt

from ovoz.audio.signal import Samples
from ovoz.decoding.ctc_path import LogProbs
from ovoz.decoding.emissions import NEVER
from ovoz.decoding.rescoring import RescoredHypothesis, Rescorer
from ovoz.engine.piecewise import PieceReader, PiecewiseEngine
from ovoz.engine.windowed import EngineSettings
from ovoz.model.features import Features
from ovoz.model.text_tokens import TextTokens
from ovoz.text.language import Language

PADDING: Final = -100
"""Stands behind the tokens of a row, and is never judged."""

_Hidden = TypeVar("_Hidden")
"""Encoder frames [1, T, D] of one piece, as the runtime holds them."""


class RescoringEngine(PiecewiseEngine, Generic[_Hidden]):
    """An engine around one hybrid network; subclasses run it.

    The encoder runs once a piece; its frames go to the CTC head, whose best readings go to the
    attention head with the same frames. Word times and confidences are those of the CTC path.

    Args:
        rescorer: searches, and chooses.
        symbols: of the CTC classes 1, 2, …
        tokens: what the attention head reads.
        max_tokens: most tokens of a piece, prompt and end included; longer texts are not judged.
        threads: pieces worked on side by side.
        settings: see :class:`WindowedEngine`.
    """

    def __init__(
        self,
        rescorer: Rescorer,
        symbols: Sequence[str],
        tokens: TextTokens,
        *,
        max_tokens: int,
        threads: int = 1,
        **settings: Unpack[EngineSettings],
    ) -> None:
        super().__init__(threads=threads, **settings)
        self.rescorer = rescorer
        self._tokens = tokens
        self._max_tokens = max_tokens
        # The blank stands in front, and is of no language.
        self._languages = [None, *(self.label(one) if one.strip() else None for one in symbols)]

    def _reader(self, hot_words: Sequence[str], avoid: Language | None) -> PieceReader:
        rescorer = self.rescorer.boost(hot_words)
        return lambda piece: rescorer.decode(*self._heard(piece, avoid)).words

    def judged(self, samples: Samples) -> list[list[RescoredHypothesis]]:
        """What the search considers for every piece of a signal, with what attention says of it.

        Raises:
            ValueError: as :meth:`transcribe`.
        """
        found = map(self._heard, self._windows.pieces(samples, 0))
        return [self.rescorer.rescore(log_probs, judge) for log_probs, judge in found]

    def _heard(
        self, piece: Samples, avoid: Language | None = None
    ) -> tuple[LogProbs, Callable[[Sequence[str]], list[float]]]:
        """Log-probabilities of a piece, and what judges texts of it."""
        log_probs, hidden = self._hear(self._log_mel(piece))
        if avoid is not None:
            log_probs = log_probs.copy()
            log_probs[:, [one is avoid for one in self._languages]] = NEVER
        return log_probs, partial(self._judge, hidden)

    def _judge(self, hidden: _Hidden, texts: Sequence[str]) -> list[float]:
        ids = [[*self._tokens.prompt, *self._tokens.encode(one), self._tokens.end] for one in texts]
        scores = [-np.inf] * len(texts)
        short = [place for place, row in enumerate(ids) if len(row) <= self._max_tokens]
        if short:
            rows = padded([ids[place] for place in short])
            found = self._score(hidden, rows, len(self._tokens.prompt))
            for place, score in zip(short, found.tolist(), strict=True):
                scores[place] = score
        return scores

    @abstractmethod
    def _hear(self, features: Features) -> tuple[LogProbs, _Hidden]:
        """Log-probabilities [T, V] of features [n_mels, F], and the encoder's frames."""

    @abstractmethod
    def _score(
        self, hidden: _Hidden, tokens: npt.NDArray[np.int64], prompt: int
    ) -> npt.NDArray[np.float32]:
        """Log-probabilities float32 [N] of texts int64 [N, L] behind a prompt of given length."""


def padded(rows: Sequence[Sequence[int]]) -> npt.NDArray[np.int64]:
    """Rows of several lengths as one array int64 [N, L], :data:`PADDING` behind."""
    result = np.full((len(rows), max(map(len, rows))), PADDING, np.int64)
    for line, row in zip(result, rows, strict=True):
        line[: len(row)] = row
    return result
