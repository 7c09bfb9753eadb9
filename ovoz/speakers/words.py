"""Words with their speakers: change points lie at word borders."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from ovoz.engine.transcript import Transcript, Word
from ovoz.speakers.segments import SpeakerSegment


def assign_speakers(transcript: Transcript, segments: Sequence[SpeakerSegment]) -> Transcript:
    """The transcript whose words have the speaker who speaks most of their time.

    A word outside all segments has the speaker of the nearest one; without segments no word has
    a speaker. Speakers are numbered anew by who says the first word.

    Args:
        transcript: Words in order.
        segments: In order and without overlap, on the clock of the transcript.
    """
    if not segments:
        return transcript
    found = list(_find_speakers(transcript.words, segments))
    numbers = {one: place for place, one in enumerate(dict.fromkeys(found), start=1)}
    words = (
        replace(word, speaker=numbers[one])
        for word, one in zip(transcript.words, found, strict=True)
    )
    return replace(transcript, words=tuple(words))


def _find_speakers(words: Iterable[Word], segments: Sequence[SpeakerSegment]) -> Iterator[int]:
    first = 0
    for word in words:
        while first + 1 < len(segments) and segments[first].end_s <= word.start_s:
            first += 1
        # The one before may be nearer to a word that lies in a pause.
        nearest = max(0, first - 1)
        last = first
        while last + 1 < len(segments) and segments[last + 1].start_s < word.end_s:
            last += 1
        yield max(segments[nearest : last + 1], key=lambda one: _overlap_s(word, one)).speaker


def _overlap_s(word: Word, segment: SpeakerSegment) -> float:
    """Seconds that both have; where they have none, minus what lies between them."""
    return min(word.end_s, segment.end_s) - max(word.start_s, segment.start_s)


def group_turns(words: Iterable[Word]) -> list[tuple[Word, ...]]:
    """Neighbouring words of one speaker."""
    return [tuple(run) for _, run in groupby(words, key=lambda word: word.speaker)]
