"""The attention head on CTranslate2: what is served where accuracy counts more than speed."""

from collections.abc import Sequence
from functools import partial
from itertools import accumulate, groupby
from pathlib import Path
from typing import Final, Unpack

import ctranslate2
import numpy as np

from ovoz.audio.signal import Samples
from ovoz.decoding.hot_words import HotWordsError
from ovoz.decoding.hypothesis import DecodedWord
from ovoz.engine.artifact.storage import ArtifactError
from ovoz.engine.piecewise import PieceReader, PiecewiseEngine
from ovoz.engine.precision import Precision
from ovoz.engine.windowed import EngineSettings
from ovoz.model.text_tokens import TextTokens
from ovoz.text.language import Language

_ARITHMETIC: Final = {
    ("cpu", Precision.FP32): "float32",
    ("cpu", Precision.FP16): "float32",
    ("cpu", Precision.INT8_DYNAMIC): "int8",
    ("cuda", Precision.FP32): "float16",
    ("cuda", Precision.FP16): "float16",
    ("cuda", Precision.INT8_DYNAMIC): "int8_float16",
}
_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"


class AttentionEngine(PiecewiseEngine):
    """Reads audio of its true length, token by token, with a beam search.

    Pieces of audio run alone, ``threads`` side by side: CTranslate2 knows no lengths inside a
    batch. Word times come from the cross-attention (dynamic time warping, as in Whisper's own
    code). A word's confidence is the geometric mean of the probabilities of its tokens, and
    stands for that of its script too, since the head spells and chooses the script at once.

    Args:
        folder: CTranslate2's files.
        tokens: what the head reads and writes.
        max_tokens: most tokens of a piece, prompt and end included.
        beam: hypotheses kept after every token.
        precision: int8 or full precision, which on a GPU is float16.
        threads_per_piece: threads inside one piece, on the CPU.
        device: ``cpu`` or ``cuda``.
        threads: pieces worked on side by side.
        settings: see :class:`WindowedEngine`.

    Raises:
        ArtifactError: the folder holds nothing that CTranslate2 can read here.
    """

    def __init__(
        self,
        folder: Path,
        tokens: TextTokens,
        *,
        max_tokens: int,
        beam: int = 5,
        precision: Precision = Precision.INT8_DYNAMIC,
        threads_per_piece: int = 1,
        device: str = "cpu",
        threads: int = 1,
        **settings: Unpack[EngineSettings],
    ) -> None:
        super().__init__(threads=threads, **settings)
        try:
            self._model = ctranslate2.models.Whisper(
                str(folder),
                device=device,
                compute_type=_ARITHMETIC[device, precision],
                inter_threads=threads,
                intra_threads=threads_per_piece,
            )
        except (RuntimeError, ValueError) as error:
            raise ArtifactError(f"{folder}: not a usable CTranslate2 model: {error}") from error
        self._tokens = tokens
        self._beam = beam
        self._longest_text = max_tokens - len(tokens.prompt) - 1
        self._suppressed: dict[Language, list[int]] = {}

    def _reader(self, hot_words: Sequence[str], avoid: Language | None) -> PieceReader:
        # Parts of letters, which a byte-level vocabulary has, may come out all the same.
        if hot_words:
            raise HotWordsError("hot words need the lexicon or combined decoder, not attention")
        return partial(self._read, suppressed=self._spelled_in(avoid))

    def _spelled_in(self, language: Language | None) -> list[int]:
        """Tokens with a letter of a language."""
        if language is None:
            return []
        if language not in self._suppressed:
            texts = (self._tokens.decode([number]) for number in range(self._tokens.size))
            self._suppressed[language] = [
                number
                for number, text in enumerate(texts)
                if any(self.label(letter) is language for letter in text.strip())
            ]
        return self._suppressed[language]

    def _read(self, piece: Samples, suppressed: list[int]) -> list[DecodedWord]:
        """Words of one piece, on its own frames."""
        features = self._log_mel(piece)[None]
        encoded = self._model.encode(ctranslate2.StorageView.from_array(features))
        (found,) = self._model.generate(
            encoded,
            [list(self._tokens.prompt)],
            beam_size=self._beam,
            # CTranslate2 gives half of it to the text, the rest to a prompt.
            max_length=2 * self._longest_text,
            suppress_blank=False,
            suppress_tokens=suppressed,
        )
        ids = [number for number in found.sequences_ids[0] if number != self._tokens.end]
        if not ids:
            return []
        # It adds the last token of the prompt, which says that there are no times, itself.
        (aligned,) = self._model.align(
            encoded, list(self._tokens.prompt[:-1]), [ids], features.shape[-1]
        )
        edges = token_edges(aligned.alignments, len(ids), features.shape[-1] // 2)
        return spoken_words(self._tokens, ids, edges, aligned.text_token_probs)


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
    tokens: TextTokens, ids: Sequence[int], edges: Sequence[int], probabilities: Sequence[float]
) -> list[DecodedWord]:
    """Words of token ids; a word ends at a space, wherever its tokens do.

    Args:
        tokens: what the ids mean.
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


def _texts(tokens: TextTokens, ids: Sequence[int]) -> list[tuple[range, str]]:
    """Text of the fewest tokens that make whole letters: one may take several byte-level ones."""
    texts = []
    start = 0
    for end in range(1, len(ids) + 1):
        text = tokens.decode(ids[start:end])
        if _REPLACEMENT not in text:
            texts.append((range(start, end), text))
            start = end
    return texts
