"""Speech in a language that the model does not know: what does it write, and how sure is it?"""

from collections.abc import Collection, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Final

import numpy as np

from ovoz.audio.signal import SAMPLE_RATE, Samples
from ovoz.engine.transcript import SupportsTranscribe
from ovoz.text.language import Language

_SENTENCES: Final = {
    "en-us": (
        "the weather is lovely this morning",
        "could you tell me where the station is",
        "my brother bought a yellow bicycle",
        "we will meet again next thursday",
    ),
    "de": (
        "das wetter ist heute wirklich schön",
        "können sie mir bitte den weg zeigen",
        "mein bruder hat ein gelbes fahrrad gekauft",
        "wir treffen uns am nächsten donnerstag",
    ),
}
_VOICES: Final = ("Alex", "anika", "f1", "boris")
_KEPT: Final = 0.9
"""Share of the clips in its own languages that a rejection by confidence has to keep."""


def speak_foreign_clips(known: Collection[Language] = ()) -> list[Samples]:
    """English and German, *synthetic*, by four voices of espeak-ng; the same every time.

    Languages that the model knows are left out.

    Raises:
        ModuleNotFoundError: The package ``espeakng-loader`` is not installed.
    """
    # espeak-ng remembers what it said before: a process of its own says the same again.
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(_spoken, [str(one) for one in known]).result()


def _spoken(known: Collection[str]) -> list[Samples]:
    from ovoz.corpus.synthetic.speech import Speaker
    from ovoz.corpus.synthetic.voices import Voice

    speaker = Speaker()
    return [
        # Latin letters are of the matrix language, whose accent is any language of espeak-ng.
        speaker.say(sentence, Voice(variant, 50, 50, 160, accent=language))
        for language, sentences in _SENTENCES.items()
        if language.partition("-")[0] not in known
        for sentence in sentences
        for variant in _VOICES
    ]


def measure_foreign_speech(
    engine: SupportsTranscribe, own: Sequence[Samples], foreign: Sequence[Samples]
) -> dict[str, float]:
    """``foreign_words_per_minute`` and ``foreign_rejected_share``.

    Args:
        engine: The model.
        own: Clips in its languages; nine in ten of them are at least as sure as the confidence
            under which a clip is rejected.
        foreign: Clips in other languages.
    """
    sure = [engine.transcribe([clip])[0].confidence for clip in own]
    heard = [engine.transcribe([clip])[0] for clip in foreign]
    minutes = sum(len(clip) for clip in foreign) / SAMPLE_RATE / 60
    least = float(np.percentile(sure, 100 * (1 - _KEPT)))
    rejected = [one.confidence < least or not one.words for one in heard]
    return {
        "foreign_words_per_minute": sum(len(one.words) for one in heard) / minutes,
        "foreign_rejected_share": float(np.mean(rejected)),
    }
