"""Requests of one batch with different options."""

from pathlib import Path

from ovoz.decoding.hot_words import HotWordsError
from ovoz.serving.inference.local_model import LocalModel
from ovoz.serving.inference.options import LanguageHint, RecognitionOptions, RecognitionRequest
from ovoz.text.language import Language


def test_equal_options_are_read_together_and_answered_in_order(artifact: Path, clips) -> None:
    model = LocalModel.load(artifact, threads=1)
    batch = [
        RecognitionRequest(clips[0]),
        RecognitionRequest(clips[1], RecognitionOptions(LanguageHint.UZBEK)),
        RecognitionRequest(clips[2], RecognitionOptions(hot_words=("two words",))),
        RecognitionRequest(clips[1]),
    ]
    plain, hinted, refused, again = model.transcribe_all(batch)
    assert isinstance(refused, HotWordsError)
    assert [plain, again] == model.engine.transcribe([clips[0], clips[1]])
    assert Language.RUSSIAN not in {word.language for word in hinted.words}
    assert plain.timings.network_s > 0
    assert plain.timings.decoding_s > 0
