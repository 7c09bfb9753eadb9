"""How recordings become words, by the head that the model is served with."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ovoz.audio.signal import Seconds
from ovoz.decoding.ctc_path import LogProbs
from ovoz.decoding.hot_words import HotWordsError
from ovoz.engine.ctc import CtcEngine
from ovoz.engine.piecewise import PiecewiseEngine
from ovoz.engine.transcript import Timings, Transcript
from ovoz.serving.inference.hints import RULED_OUT, HintedDecoder
from ovoz.serving.inference.options import RecognitionRequest


class Reader(Protocol):
    """Something that reads recordings; may be asked from several threads at once."""

    def read(self, batch: Sequence[RecognitionRequest]) -> list[Transcript | HotWordsError]:
        """What came of every recording, in order; hot words spoil their own recording only."""
        ...


@dataclass(frozen=True, slots=True)
class CtcReader:
    """The network hears all recordings together; each is decoded with its own hints."""

    engine: CtcEngine
    decoder: HintedDecoder

    def read(self, batch: Sequence[RecognitionRequest]) -> list[Transcript | HotWordsError]:
        """As :meth:`Reader.read`."""
        started = time.perf_counter()
        heard = self.engine.log_probs([request.samples for request in batch])
        model_s = time.perf_counter() - started
        return [
            self._decoded(log_probs, request, model_s)
            for log_probs, request in zip(heard, batch, strict=True)
        ]

    def _decoded(
        self, log_probs: LogProbs, request: RecognitionRequest, model_s: Seconds
    ) -> Transcript | HotWordsError:
        started = time.perf_counter()
        try:
            words = self.decoder.decode(
                log_probs, request.options.language_hint, request.options.hot_words
            )
        except HotWordsError as error:
            return error
        timings = Timings(model_s, time.perf_counter() - started)
        return self.engine.transcript(words, request.samples, timings)


@dataclass(frozen=True, slots=True)
class AttentionReader:
    """Engines with an attention head listen and write in one; recordings one after the other."""

    engine: PiecewiseEngine

    def read(self, batch: Sequence[RecognitionRequest]) -> list[Transcript | HotWordsError]:
        """As :meth:`Reader.read`."""
        return [self._written(request) for request in batch]

    def _written(self, request: RecognitionRequest) -> Transcript | HotWordsError:
        try:
            (transcript,) = self.engine.transcribe(
                [request.samples],
                hot_words=request.options.hot_words,
                avoid=RULED_OUT.get(request.options.language_hint),
            )
        except HotWordsError as error:
            return error
        return transcript
