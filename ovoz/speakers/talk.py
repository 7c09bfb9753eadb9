"""How long each speaker talks, and who talks into whose turn."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ovoz.audio.signal import Seconds
from ovoz.engine.transcript import Word
from ovoz.speakers.words import group_turns


@dataclass(frozen=True, slots=True)
class SpeakerTalk:
    """What one speaker said.

    ``talk_s`` is from the first to the last word of each turn, ``share`` its part of all speakers'
    talk in [0, 1]. ``interruptions`` are turns that began before the speaker before had ended; in
    one channel, where words do not overlap, they cannot be told and it is None.
    """

    speaker: int
    talk_s: Seconds
    share: float
    turns: int
    words: int
    interruptions: int | None = None


def measure_talk(words: Sequence[Word], *, tells_overlap: bool = False) -> list[SpeakerTalk]:
    """The talk of each speaker, in the order of their numbers; words without one do not count.

    Args:
        words: In order of their start.
        tells_overlap: Whether words of different speakers may overlap in time, as those of two
            channels do.
    """
    turns = group_turns(word for word in words if word.speaker is not None)
    lasted = [max(word.end_s for word in turn) - turn[0].start_s for turn in turns]
    total_s = sum(lasted) or 1.0
    cut_in = [False, *(after[0].start_s < before[-1].end_s for before, after in pairwise(turns))]
    found = []
    for speaker in sorted({turn[0].speaker or 0 for turn in turns}):
        own = [place for place, turn in enumerate(turns) if turn[0].speaker == speaker]
        talk_s = sum(lasted[place] for place in own)
        found.append(
            SpeakerTalk(
                speaker,
                talk_s=round(talk_s, 3),
                share=round(talk_s / total_s, 4),
                turns=len(own),
                words=sum(len(turns[place]) for place in own),
                interruptions=sum(cut_in[place] for place in own) if tells_overlap else None,
            )
        )
    return found
