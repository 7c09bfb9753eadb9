"""The attention reader: text token by token, words and times out of the tokens."""

from collections.abc import Sequence
from functools import lru_cache, partial
from itertools import accumulate, groupby
from typing import TYPE_CHECKING, Final

import numpy as np

from ovoz.audio.signal import Samples, Seconds
from ovoz.decoding.hot_words import HotWordsError
from ovoz.decoding.hypothesis import DecodedWord
from ovoz.engine.frontend import Frontend
from ovoz.engine.readers import AllowedLetters, DecodedSignal
from ovoz.engine.readers.window_by_window import read_windows
from ovoz.engine.runtimes import AttentionRuntime
from ovoz.engine.workers import Workers

if TYPE_CHECKING:  # tokenizers comes with an extra
    from ovoz.model.text_tokens import TextTokens

_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"


class AttentionReader:
    """Reads signals by the attention head of a network.

    A word's confidence is the geometric mean of the probabilities of its tokens. It stands for
    that of its script too, since the head spells and chooses the script at once.

    Args:
        runtime: Runs the network.
        tokens: What the head reads and writes.
        frontend: Prepares signals for the network.
        workers: Threads for windows; one by default.
    """

    def __init__(
        self,
        runtime: AttentionRuntime,
        tokens: "TextTokens",
        frontend: Frontend,
        *,
        workers: Workers | None = None,
    ) -> None:
        self._runtime = runtime
        self._tokens = tokens
        self._frontend = frontend
        self._workers = workers or Workers()
        self._suppressed = lru_cache(maxsize=8)(self._find_suppressed)

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
        """As :meth:`ovoz.engine.readers.Reader.read`.

        Parts of letters, which a byte-level vocabulary has, cannot be ruled out.
        """
        if hot_words:
            raise HotWordsError("hot words need the lexicon or combined decoder, not attention")
        suppressed = self._suppressed(allowed_letters) if allowed_letters else []
        read = partial(self._read_window, suppressed=suppressed)
        return read_windows(read, batch, self._frontend, self._workers)

    def _find_suppressed(self, allowed_letters: AllowedLetters) -> list[int]:
        """Tokens with a letter that is not allowed."""
        texts = (self._tokens.decode([number]) for number in range(self._tokens.size))
        return [
            number
            for number, text in enumerate(texts)
            if not all(map(allowed_letters, text.strip()))
        ]

    def _read_window(self, window: Samples, suppressed: Sequence[int]) -> list[DecodedWord]:
        """Words of one window, on its own frames."""
        features = self._frontend.features(window)
        found = self._runtime.generate(features, suppressed)
        if not found.ids:
            return []
        edges = token_edges(found.path, len(found.ids), features.shape[-1] // 2)
        return spoken_words(self._tokens, found.ids, edges, found.probabilities)


def token_edges(path: Sequence[tuple[int, int]], tokens: int, frames: int) -> list[int]:
    """Frames at which each of ``tokens`` begins, and the end of the last one.

    ``path`` is a time warping of (token, frame), both from 0 and never falling.
    """
    first: dict[int, int] = {}
    for token, frame in path:
        first.setdefault(token, frame)
    edges = [first.get(token, frames) for token in range(tokens + 1)]
    # A token that the path leaves out begins where the next one does.
    return list(accumulate(reversed(edges), min))[::-1]


def spoken_words(
    tokens: "TextTokens", ids: Sequence[int], edges: Sequence[int], probabilities: Sequence[float]
) -> list[DecodedWord]:
    """Words of token ids; a word ends at a space, wherever its tokens do.

    Args:
        tokens: What the ids mean.
        ids: N tokens.
        edges: N + 1 frames, at which the tokens begin and the last one ends.
        probabilities: N, in [0, 1].
    """
    words = []
    letters = [(letter, place) for place, text in _texts(tokens, ids) for letter in text]
    for is_space, run in groupby(letters, key=lambda one: one[0].isspace()):
        if is_space:
            continue
        spelled = list(run)
        inside = range(spelled[0][1].start, spelled[-1][1].stop)
        logs = np.log(np.maximum([probabilities[token] for token in inside], 1e-9))
        confidence = min(1.0, float(np.exp(logs.mean())))
        words.append(
            DecodedWord(
                text="".join(letter for letter, _ in spelled),
                start_frame=edges[inside.start],
                end_frame=max(edges[inside.stop], edges[inside.start] + 1),
                confidence=confidence,
                script_confidence=confidence,
            )
        )
    return words


def _texts(tokens: "TextTokens", ids: Sequence[int]) -> list[tuple[range, str]]:
    """Text of the fewest tokens that make whole letters: one may take several byte-level ones."""
    texts = []
    start = 0
    for end in range(1, len(ids) + 1):
        text = tokens.decode(ids[start:end])
        if _REPLACEMENT not in text:
            texts.append((range(start, end), text))
            start = end
    return texts
