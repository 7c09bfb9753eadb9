"""A model for speech that was resampled on its way."""

from dataclasses import replace
from typing import ClassVar

from ovoz.engine.transcript import Transcript
from tests.service.live.clients import CodedModel

_RINGING_S = 0.1


class SteadyModel(CodedModel):
    """Ignores what rings for milliseconds at the edges of words; keeps the hot words."""

    hot_words: ClassVar[set[str]] = set()

    def transcribe_all(self, batch) -> list[Transcript]:
        self.hot_words.update(*(request.options.hot_words for request in batch))
        return [_without_ringing(transcript) for transcript in super().transcribe_all(batch)]


def _without_ringing(transcript: Transcript) -> Transcript:
    words = tuple(w for w in transcript.words if w.end_s - w.start_s > _RINGING_S)
    return replace(transcript, words=words, text=" ".join(word.text for word in words))
