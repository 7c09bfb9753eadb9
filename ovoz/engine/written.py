"""Transcripts in written form: the words are written tokens, with the times of what was spoken."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import groupby, pairwise

from ovoz.engine.transcript import Transcript, Word, find_switches
from ovoz.text.language import Language
from ovoz.text.written.tokens import WrittenToken
from ovoz.text.written.writing import Writing, WritingError, write


def write_transcript(transcript: Transcript, writing: Writing) -> Transcript:
    """The transcript with written tokens for words.

    A token lasts from the first to the last of its spoken words, is as certain as the least certain
    of them, and of their language (``mixed`` if they have two). Languages of the utterance and
    their confidences stay those of the spoken words. No token and no sentence has words of two
    speakers.

    Raises:
        WritingError: A word is in a language that has no written form.
    """
    if writing.changes_nothing:
        return transcript
    languages = {word.language for word in transcript.words}
    turns = [tuple(run) for _, run in groupby(transcript.words, key=lambda word: word.speaker)]
    written = [_write_turn(turn, languages, writing) for turn in turns or [()]]
    words = tuple(word for _, turn in written for word in turn)
    text = " ".join(text for text, _ in written)
    return replace(transcript, text=text, words=words, switches=find_switches(words))


def _write_turn(
    spoken: Sequence[Word], languages: Collection[Language], writing: Writing
) -> tuple[str, list[Word]]:
    pauses = [max(0.0, after.start_s - before.end_s) for before, after in pairwise(spoken)]
    pauses_s = [*pauses, 0.0] if spoken else []
    form = write([word.text for word in spoken], languages, pauses_s, writing).form
    return form.text, [_to_word(token, spoken[token.start : token.end]) for token in form.tokens]


def write_where_known(transcript: Transcript, writing: Writing) -> Transcript:
    """As :func:`write_transcript`, but as it was spoken in a language without a written form.

    For callers who did not ask for the written form and get it by default.
    """
    try:
        return write_transcript(transcript, writing)
    except WritingError:
        return transcript


def _to_word(token: WrittenToken, spoken: Sequence[Word]) -> Word:
    return Word(
        text=token.text,
        start_s=spoken[0].start_s,
        end_s=spoken[-1].end_s,
        language=_common_language(spoken),
        confidence=min(word.confidence for word in spoken),
        speaker=spoken[0].speaker,
    )


def _common_language(words: Sequence[Word]) -> Language:
    languages = {word.language for word in words} - {Language.OTHER}
    if len(languages) > 1:
        return Language.MIXED
    return languages.pop() if languages else Language.OTHER
