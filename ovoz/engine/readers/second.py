"""A second reader: what the CTC head hears in one language is read again by a released Whisper.

A language that training has little of is read better by the checkpoint that the network came from.
Its text is placed on the frames of the CTC head, which also judges whether it was said at all.
"""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ovoz.audio.signal import Samples, Seconds
from ovoz.decoding.ctc_path import LogProbs
from ovoz.decoding.forced_alignment import Aligner, AlignmentError
from ovoz.decoding.hypothesis import DecodedWord
from ovoz.engine.frontend import Frontend
from ovoz.engine.readers import AllowedLetters, DecodedSignal
from ovoz.engine.readers.ctc import CtcReader
from ovoz.engine.readers.foreign import TextReader
from ovoz.engine.runtimes import AttentionRuntime
from ovoz.engine.second_reader import SecondReaderDescription
from ovoz.engine.transcript import Timings
from ovoz.engine.workers import Workers
from ovoz.text.language import LabelWords, Language, utterance_language

if TYPE_CHECKING:  # tokenizers comes with an extra
    from ovoz.model.text_tokens import TextTokens


class WhisperText:
    """Reads text by a released Whisper, which expects windows of full length.

    Args:
        runtime: Runs the checkpoint.
        tokens: What it writes.
        frontend: Prepares signals for it; its longest window is what the checkpoint expects.
        suppressed: Tokens that it must not write.
    """

    def __init__(
        self,
        runtime: AttentionRuntime,
        tokens: "TextTokens",
        frontend: Frontend,
        *,
        suppressed: Sequence[int] = (),
    ) -> None:
        self._runtime = runtime
        self._tokens = tokens
        self._frontend = frontend
        self._suppressed = list(suppressed)

    def __call__(self, samples: Samples) -> str:
        """The text of a signal, float32 [T] at 16 kHz, as the checkpoint writes it."""
        (windows,) = self._frontend.windows([samples])
        return " ".join(self._read(window).strip() for window in windows)

    def _read(self, window: Samples) -> str:
        padded = np.pad(window, (0, max(0, self._frontend.longest - len(window))))
        found = self._runtime.generate(self._frontend.features(padded), self._suppressed)
        return self._tokens.decode(found.ids)


class SecondReader:
    """Reads by the CTC head, and one language again by a second reader.

    Args:
        first: The model's own reader.
        second: Returns the text of a signal.
        aligner: Places a text on the frames of ``first``.
        rule: When the second reader is asked, and when its text is taken.
        canonical: The language pack's canonical form of a text.
        label: The language pack's ``transcript_languages``.
        workers: Threads for signals that are read again; one by default.
    """

    def __init__(
        self,
        first: CtcReader,
        second: TextReader,
        aligner: Aligner,
        rule: SecondReaderDescription,
        *,
        canonical: Callable[[str], str],
        label: LabelWords,
        workers: Workers | None = None,
    ) -> None:
        self.first = first
        self._workers = workers or Workers()
        self._second = second
        self._aligner = aligner
        self._rule = rule
        self._canonical = canonical
        self._label = label

    @property
    def frame_s(self) -> Seconds:
        """Seconds of audio per frame of the CTC head."""
        return self.first.frame_s

    def read(
        self,
        batch: Sequence[Samples],
        *,
        hot_words: Sequence[str] = (),
        allowed_letters: AllowedLetters | None = None,
    ) -> list[DecodedSignal]:
        """As :meth:`ovoz.engine.readers.Reader.read`.

        The second reader knows no hot words: where there are any, the first reading stays.
        """
        found = self.first.read(batch, hot_words=hot_words, allowed_letters=allowed_letters)
        if hot_words:
            return found

        def check(one: tuple[Samples, DecodedSignal]) -> DecodedSignal:
            doubtful = self._is_doubtful(one[1].words)
            return self._read_again(*one, allowed_letters) if doubtful else one[1]

        return list(self._workers.map(check, list(zip(batch, found, strict=True))))

    def _is_doubtful(self, words: Sequence[DecodedWord]) -> bool:
        """Whether the words are of the second reader's language, and not certain.

        No word is of another language. Up to half of the letters may be in words that mix both:
        a network that knows little of a language spells some of its letters in the other's script.
        """
        letters: Counter[Language] = Counter()
        texts = [word.text for word in words]
        for text, language in zip(texts, self._label(texts), strict=True):
            letters[language] += len(text)
        del letters[Language.OTHER]
        own, mixed = letters[self._rule.language], letters[Language.MIXED]
        if not own or own < mixed or own + mixed < letters.total():
            return False
        sure = sum(word.confidence for word in words) / len(words)
        return sure < self._rule.unless_sure

    def _read_again(
        self, samples: Samples, first: DecodedSignal, allowed: AllowedLetters | None
    ) -> DecodedSignal:
        """The second reading where it fits the sound, else the first."""
        started = time.perf_counter()
        text = self._canonical(self._second(samples))
        (log_probs,) = self.first.log_probs([samples])
        words = self._place(text, log_probs, allowed)
        network_s = first.timings.network_s + time.perf_counter() - started
        timings = Timings(network_s, first.timings.decoding_s)
        return DecodedSignal(words or first.words, timings)

    def _place(
        self, text: str, log_probs: LogProbs, allowed: AllowedLetters | None
    ) -> Sequence[DecodedWord]:
        """Words of a text on the frames; none where it cannot have been said."""
        letters = set(text) - {" "}
        if allowed is not None and not all(map(allowed, letters)):
            return ()
        language = utterance_language(text.split(), self._label)
        try:
            aligned = self._aligner.align(log_probs, text)
        except AlignmentError:  # no words, more than fit, or letters that no word of ours has
            return ()
        fits = aligned.score >= self._rule.least_score and language is self._rule.language
        return aligned.words if fits else ()
