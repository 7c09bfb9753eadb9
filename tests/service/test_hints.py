"""Language hints exclude a language in every decoder."""

from pathlib import Path

import numpy as np
import pytest

from ovoz.decoding.config import DecoderConfig, DecoderKind
from ovoz.engine.artifact.storage import read_description
from ovoz.engine.load import load_engine
from ovoz.engine.precision import Device
from ovoz.serving.inference.local_model import LocalModel
from ovoz.serving.inference.model import ModelInfo
from ovoz.serving.inference.options import LanguageHint, RecognitionOptions, RecognitionRequest
from ovoz.text.language import Language

HINTS = [(LanguageHint.UZBEK, Language.UZBEK), (LanguageHint.RUSSIAN, Language.RUSSIAN)]


def transcribe(model: LocalModel, clip, hint: LanguageHint):
    (transcript,) = model.transcribe_all([RecognitionRequest(clip, RecognitionOptions(hint))])
    return transcript


@pytest.fixture(scope="module")
def model(artifact: Path) -> LocalModel:
    return LocalModel.load(artifact, threads=1)


def languages(transcript) -> set[Language]:
    return {word.language for word in transcript.words} - {Language.OTHER}


# The kinds that read a character model are tried beside it, in tests/unit/decoding.
@pytest.mark.parametrize("kind", [DecoderKind.GREEDY, DecoderKind.LEXICON, DecoderKind.OPEN])
@pytest.mark.parametrize(("hint", "kept"), HINTS)
def test_words_of_the_other_language_are_never_written(artifact, clips, kind, hint, kept) -> None:
    engine = load_engine(artifact, decoder=DecoderConfig(kind=kind))
    model = LocalModel(ModelInfo(read_description(artifact), Device.CPU), engine)
    transcripts = [transcribe(model, clip, hint) for clip in clips]
    assert set.union(*map(languages, transcripts)) == {kept}
    assert not any(transcript.switches for transcript in transcripts)


def test_auto_and_mixed_are_what_the_engine_says(model: LocalModel, clips) -> None:
    for clip in clips:
        (plain,) = model.engine.transcribe([clip])
        assert transcribe(model, clip, LanguageHint.AUTO) == plain
        assert transcribe(model, clip, LanguageHint.MIXED) == plain


@pytest.mark.parametrize("hint", list(LanguageHint))
def test_too_short_to_hold_a_word(model: LocalModel, hint: LanguageHint) -> None:
    transcript = transcribe(model, np.zeros(100, np.float32), hint)
    assert (transcript.text, transcript.words) == ("", ())
