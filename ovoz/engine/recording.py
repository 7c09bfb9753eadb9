"""Recordings of any length: speech is found, transcribed in batches, and timed in the whole.

Memory does not grow with the recording: it is read piece by piece, and only the part that is being
worked on is kept.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from ovoz.audio.signal import SAMPLE_RATE, Samples, Seconds
from ovoz.audio.vad import SpeechSegment, VadConfig, detect_speech
from ovoz.engine.transcript import (
    SupportsTranscribe,
    Timings,
    Transcript,
    find_switches,
    to_milliseconds,
)
from ovoz.text.language import join_languages

FindSpeech = Callable[[Samples], list[SpeechSegment]]
"""Speech segments in float32 [T] at 16 kHz, in order and without overlap."""

_EDGE_S: Final = 0.5
"""Speech that ends this close to the end of what was read may continue."""

_PAUSES: Final = VadConfig(min_silence_s=0.5, pad_s=0.2)
"""Pauses between sentences separate segments, pauses between words do not."""


class RecordingConfig(BaseModel):
    """How much audio is worked on at once."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    block_s: Seconds = Field(default=60.0, gt=1.0)
    """Audio in which speech is looked for at once; its segments make one batch."""
    longest_s: Seconds = Field(default=120.0, gt=1.0)
    """Speech without a pause is transcribed as it stands when it reaches this length."""


@dataclass(frozen=True, slots=True)
class SpeechClip:
    """The audio of a speech segment that begins at ``start_s`` of the recording."""

    start_s: Seconds
    samples: Samples


def transcribe_recording(
    engine: SupportsTranscribe,
    pieces: Iterable[Samples],
    config: RecordingConfig | None = None,
    *,
    find_speech: FindSpeech | None = None,
) -> Iterator[Transcript]:
    """Transcripts of the speech segments of a recording, as soon as each is known.

    Args:
        engine: Transcribes the segments of a block as one batch.
        pieces: The recording, float32 [T] at 16 kHz in [-1, 1], piece after piece; such as
            :func:`ovoz.audio.decode.stream`.
        config: Lengths of blocks and segments.
        find_speech: Voice activity detection; Silero's network by default.

    Yields:
        Transcripts with at least one word, in order; times count from the start of the recording.

    Raises:
        ModuleNotFoundError: The package ``silero-vad`` is missing and ``find_speech`` not given.
        ValueError: As ``engine.transcribe``.
    """
    find = find_speech or (lambda samples: detect_speech(samples, _PAUSES))
    for clips in find_speech_clips(pieces, config or RecordingConfig(), find):
        transcripts = engine.transcribe([clip.samples for clip in clips])
        for clip, transcript in zip(clips, transcripts, strict=True):
            if transcript.words:
                yield shift_transcript(transcript, clip.start_s)


def transcribe_whole_recording(
    engine: SupportsTranscribe,
    pieces: Iterable[Samples],
    *,
    find_speech: FindSpeech | None = None,
) -> Transcript:
    """One transcript of a recording; without words where nobody speaks.

    Arguments and errors are those of :func:`transcribe_recording`.
    """
    samples = 0

    def counted() -> Iterator[Samples]:
        nonlocal samples
        for piece in pieces:
            samples += len(piece)
            yield piece

    transcripts = list(transcribe_recording(engine, counted(), find_speech=find_speech))
    transcripts = transcripts or engine.transcribe([np.zeros(0, np.float32)])
    return replace(join_transcripts(transcripts), duration_s=samples / SAMPLE_RATE)


def shift_transcript(transcript: Transcript, offset_s: Seconds) -> Transcript:
    """The same transcript with its times counted from ``offset_s`` earlier."""
    end_s = offset_s + transcript.duration_s
    words = tuple(
        replace(
            word,
            start_s=to_milliseconds(word.start_s + offset_s, end_s),
            end_s=to_milliseconds(word.end_s + offset_s, end_s),
        )
        for word in transcript.words
    )
    return replace(transcript, words=words, switches=find_switches(words))


def join_transcripts(transcripts: Sequence[Transcript]) -> Transcript:
    """One transcript of several that follow each other; confidences weighted by words.

    Raises:
        ValueError: There are none.
    """
    if not transcripts:
        raise ValueError("no transcripts to join: nobody speaks in the recording")
    words = tuple(word for transcript in transcripts for word in transcript.words)
    weights = [max(1, len(transcript.words)) for transcript in transcripts]
    scripts = [transcript.language_confidence for transcript in transcripts]
    confidences = [transcript.confidence for transcript in transcripts]
    return Transcript(
        text=" ".join(word.text for word in words),
        words=words,
        language=join_languages(word.language for word in words),
        language_confidence=float(np.average(scripts, weights=weights)),
        switches=find_switches(words),
        confidence=float(np.average(confidences, weights=weights)),
        model_version=transcripts[0].model_version,
        duration_s=sum(transcript.duration_s for transcript in transcripts),
        timings=Timings(
            sum(transcript.timings.network_s for transcript in transcripts),
            sum(transcript.timings.decoding_s for transcript in transcripts),
        ),
    )


def find_speech_clips(
    pieces: Iterable[Samples], config: RecordingConfig, find: FindSpeech
) -> Iterator[list[SpeechClip]]:
    """Speech of one block after the other; speech that may continue is kept for the next block."""
    kept: list[Samples] = []
    start = fresh = 0
    for piece in pieces:
        kept.append(piece)
        fresh += len(piece)
        if fresh >= config.block_s * SAMPLE_RATE:
            samples = np.concatenate(kept)
            segments, keep = _finished(find(samples), len(samples) / SAMPLE_RATE, config)
            yield _cut(samples, segments, start)
            # A copy: a view would hold the whole block.
            kept, start, fresh = [samples[keep:].copy()], start + keep, 0
    if kept:
        samples = np.concatenate(kept)
        yield _cut(samples, find(samples), start)


def _finished(
    segments: list[SpeechSegment], length_s: Seconds, config: RecordingConfig
) -> tuple[list[SpeechSegment], int]:
    """The segments that are over, and the sample from which the rest is kept."""
    if segments and segments[-1].end_s > length_s - _EDGE_S:
        *before, last = segments
        if length_s - last.start_s < config.longest_s:
            return before, round(last.start_s * SAMPLE_RATE)
        return [*before, SpeechSegment(last.start_s, length_s)], round(length_s * SAMPLE_RATE)
    # The onset of a word may lie at the very end, still too short to be taken for speech.
    done_s = segments[-1].end_s if segments else 0.0
    return segments, round(max(done_s, length_s - _EDGE_S) * SAMPLE_RATE)


def _cut(samples: Samples, segments: Iterable[SpeechSegment], start: int) -> list[SpeechClip]:
    """Speech in ``samples``, which begin at sample ``start`` of the recording."""
    edges = [
        (round(segment.start_s * SAMPLE_RATE), round(segment.end_s * SAMPLE_RATE))
        for segment in segments
    ]
    return [SpeechClip((start + first) / SAMPLE_RATE, samples[first:last]) for first, last in edges]
