"""Foreign speech is recognised by the words and the confidences of the transcript."""

import numpy as np
import pytest

from ovoz.engine.transcript import Transcript, Word
from ovoz.evaluation.foreign import measure_foreign_speech, speak_foreign_clips
from ovoz.text.language import Language


class ByLevel:
    """As sure as a clip is loud; writes a word for every clip that is not silent."""

    model_version = "by-level"

    def transcribe(self, batch):
        return [self._one(float(np.abs(clip).max())) for clip in batch]

    def _one(self, level: float) -> Transcript:
        words = (Word("salom", 0.0, 0.5, Language.UZBEK, level),) if level else ()
        return Transcript("salom", words, Language.UZBEK, 1.0, (), level, "by-level")


def clips(*levels: float) -> list[np.ndarray]:
    return [np.full(30 * 16_000, level, np.float32) for level in levels]


def test_unsure_and_wordless_clips_are_rejected() -> None:
    own = clips(*np.linspace(0.5, 1.0, 11))
    found = measure_foreign_speech(ByLevel(), own, clips(0.1, 0.2, 0.9, 0.0))
    assert found["foreign_words_per_minute"] == pytest.approx(1.5)
    assert found["foreign_rejected_share"] == 0.75


def test_foreign_speech_is_there_and_the_same_every_time() -> None:
    first, again = speak_foreign_clips(), speak_foreign_clips()
    assert len(first) == 32
    assert all(len(one) > 16_000 for one in first)
    assert all(np.array_equal(one, other) for one, other in zip(first, again, strict=True))
