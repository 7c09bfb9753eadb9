"""OpenAI's ``diarized_json``: the transcript turn by turn, with letters for speakers.

https://platform.openai.com/docs/api-reference/audio/diarized-json-object. Known speakers are not
taken: their voices would have to be kept.
"""

import json
from collections.abc import Iterator
from string import ascii_uppercase
from typing import Literal, Self

from pydantic import BaseModel

from ovoz.engine.transcript import Transcript
from ovoz.serving.recognition import Recognition
from ovoz.speakers.words import group_turns


class DiarizedSegment(BaseModel):
    """A turn."""

    type: Literal["transcript.text.segment"] = "transcript.text.segment"
    id: str
    start: float
    end: float
    text: str
    speaker: str


class DurationUsage(BaseModel):
    """What a request is counted by: seconds of audio."""

    type: Literal["duration"] = "duration"
    seconds: float


class DiarizedTranscription(BaseModel):
    """The form with speakers."""

    task: Literal["transcribe"] = "transcribe"
    duration: float
    text: str
    segments: list[DiarizedSegment]
    usage: DurationUsage

    @classmethod
    def of(cls, recognition: Recognition) -> Self:
        """The answer to one recording."""
        return cls(
            duration=recognition.duration_s,
            text=recognition.transcript.text,
            segments=_segments(recognition.transcript),
            usage=DurationUsage(seconds=recognition.duration_s),
        )


def write_diarized_events(transcript: Transcript) -> Iterator[str]:
    """Server-sent events: one for every turn, then the whole."""
    for segment in _segments(transcript):
        yield f"data: {segment.model_dump_json()}\n\n"
    done = {"type": "transcript.text.done", "text": transcript.text}
    yield f"data: {json.dumps(done, ensure_ascii=False)}\n\n"


def _segments(transcript: Transcript) -> list[DiarizedSegment]:
    return [
        DiarizedSegment(
            id=f"seg_{number:03d}",
            start=turn[0].start_s,
            end=turn[-1].end_s,
            text=" ".join(word.text for word in turn),
            speaker=ascii_uppercase[(turn[0].speaker or 1) - 1],
        )
        for number, turn in enumerate(group_turns(transcript.words), start=1)
    ]
