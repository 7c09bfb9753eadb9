"""From decoded words to a transcript: times, languages, switches, confidences."""

from collections.abc import Callable, Sequence
from itertools import pairwise

from ovoz.audio.signal import Seconds
from ovoz.decoding.hypothesis import DecodedWord
from ovoz.engine.transcript import Switch, Timings, Transcript, Word
from ovoz.text.language import Language, utterance_language, word_language


def assemble(
    decoded: Sequence[DecodedWord],
    *,
    frame_s: Seconds,
    duration_s: Seconds,
    model_version: str,
    label: Callable[[str], Language] = word_language,
    timings: Timings | None = None,
) -> Transcript:
    """The transcript of ``duration_s`` seconds of audio.

    ``confidence`` is the mean confidence of the words, ``language_confidence`` their mean script
    confidence (see :class:`DecodedWord`); a transcript without words has 0 for both. ``label`` is
    the ``word_language`` of the model's language pack.
    """
    words = tuple(_word(word, frame_s, duration_s, label(word.text)) for word in decoded)
    return Transcript(
        text=" ".join(word.text for word in words),
        words=words,
        language=utterance_language((word.text for word in words), label),
        language_confidence=_mean([word.script_confidence for word in decoded]),
        switches=switches(words),
        confidence=_mean([word.confidence for word in decoded]),
        model_version=model_version,
        duration_s=duration_s,
        timings=timings or Timings(),
    )


def switches(words: Sequence[Word]) -> tuple[Switch, ...]:
    """Where the language changes, at the start of the word that changes it.

    Words of language ``other`` carry no language: they neither make a switch nor hide one.
    """
    spoken = [
        (index, word) for index, word in enumerate(words) if word.language is not Language.OTHER
    ]
    return tuple(
        Switch(index, word.start_s, before.language, word.language)
        for (_, before), (index, word) in pairwise(spoken)
        if before.language is not word.language
    )


def _word(word: DecodedWord, frame_s: Seconds, duration_s: Seconds, language: Language) -> Word:
    return Word(
        text=word.text,
        start_s=round(min(word.start_frame * frame_s, duration_s), 3),
        end_s=round(min(word.end_frame * frame_s, duration_s), 3),
        language=language,
        confidence=word.confidence,
    )


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
