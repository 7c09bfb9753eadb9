"""Recordings of any length: speech is found, transcribed in batches and put back in its place.

Memory does not grow with the recording: it is read piece by piece, and of what was read only the
stretch that is being worked on is kept.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from ovoz.audio.signal import SAMPLE_RATE, Samples, Seconds
from ovoz.audio.vad import Segment, VadConfig, speech_segments
from ovoz.corpus.segmentation import Stretch
from ovoz.engine.assemble import switches
from ovoz.engine.transcript import SupportsTranscribe, Timings, Transcript
from ovoz.text.language import Language, utterance_language, word_language

FindSpeech = Callable[[Samples], list[Segment]]
"""Stretches of speech in float32 [T] at 16 kHz, in order and without overlap."""

_STRETCH_EDGE_S: Final[Seconds] = 0.15
"""Sound kept before the first and behind the last word of a stretch for a corpus."""

_EDGE_S: Final = 0.5
"""Speech that ends this close to the end of what was read may go on."""

_PAUSES: Final = VadConfig(min_silence_s=0.5, pad_s=0.2)
"""Pauses between sentences part speech, those between words do not."""


class RecordingConfig(BaseModel):
    """How much is worked on at once."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    block_s: Seconds = Field(default=60.0, gt=1.0)
    """Audio in which speech is looked for at once; its stretches make one batch."""
    longest_s: Seconds = Field(default=120.0, gt=1.0)
    """Speech without a pause is transcribed as it stands when it reaches this length."""


@dataclass(frozen=True, slots=True)
class _Utterance:
    """A stretch of speech, and where in the recording it begins."""

    start_s: Seconds
    samples: Samples


def transcribe_recording(
    engine: SupportsTranscribe,
    pieces: Iterable[Samples],
    config: RecordingConfig | None = None,
    *,
    find_speech: FindSpeech | None = None,
) -> Iterator[Transcript]:
    """Transcripts of the stretches of speech in a recording, as soon as each is known.

    Args:
        engine: transcribes the stretches of a block as one batch.
        pieces: the recording, float32 [T] at 16 kHz in [-1, 1], piece after piece; such as
            :func:`ovoz.audio.decode.stream`.
        config: lengths of blocks and stretches.
        find_speech: voice activity; Silero's network by default.

    Yields:
        Transcripts with at least one word, in order; times count from the start of the recording.

    Raises:
        ModuleNotFoundError: the package ``silero-vad`` is missing and ``find_speech`` not given.
        ValueError: as :meth:`Engine.transcribe`.
    """
    find = find_speech or (lambda samples: speech_segments(samples, _PAUSES))
    for utterances in _blocks(pieces, config or RecordingConfig(), find):
        found = engine.transcribe([utterance.samples for utterance in utterances])
        for utterance, transcript in zip(utterances, found, strict=True):
            if transcript.words:
                yield moved(transcript, utterance.start_s)


def find_spoken_stretches(engine: SupportsTranscribe, pieces: Iterable[Samples]) -> list[Stretch]:
    """Stretches of speech in a recording, with their words, for cutting utterances.

    Arguments and errors are those of :func:`transcribe_recording`.
    """
    return [
        Stretch(
            max(0.0, one.words[0].start_s - _STRETCH_EDGE_S),
            one.words[-1].end_s + _STRETCH_EDGE_S,
            tuple(word.text for word in one.words),
        )
        for one in transcribe_recording(engine, pieces)
    ]


def moved(transcript: Transcript, offset_s: Seconds) -> Transcript:
    """The same transcript with its times counted from ``offset_s`` earlier."""
    words = tuple(
        replace(
            word,
            start_s=round(word.start_s + offset_s, 3),
            end_s=round(word.end_s + offset_s, 3),
        )
        for word in transcript.words
    )
    return replace(transcript, words=words, switches=switches(words))


def transcribe_whole_recording(
    engine: SupportsTranscribe,
    pieces: Iterable[Samples],
    label: Callable[[str], Language] = word_language,
    *,
    find_speech: FindSpeech | None = None,
) -> Transcript:
    """One transcript of a recording; without words where nobody speaks.

    Arguments and errors are those of :func:`transcribe_recording`; ``label`` is the
    ``word_language`` of the model's language pack.
    """
    samples = 0

    def counted() -> Iterator[Samples]:
        nonlocal samples
        for piece in pieces:
            samples += len(piece)
            yield piece

    stretches = list(transcribe_recording(engine, counted(), find_speech=find_speech))
    stretches = stretches or engine.transcribe([np.zeros(0, np.float32)])
    return replace(joined(stretches, label), duration_s=samples / SAMPLE_RATE)


def joined(
    transcripts: Sequence[Transcript], label: Callable[[str], Language] = word_language
) -> Transcript:
    """One transcript of several that follow each other; confidences weighted by words.

    Raises:
        ValueError: there are none.
    """
    if not transcripts:
        raise ValueError("no transcripts to join: nobody speaks in the recording")
    words = tuple(word for each in transcripts for word in each.words)
    weights = [max(1, len(each.words)) for each in transcripts]
    return Transcript(
        text=" ".join(word.text for word in words),
        words=words,
        language=utterance_language((word.text for word in words), label),
        language_confidence=float(
            np.average([each.language_confidence for each in transcripts], weights=weights)
        ),
        switches=switches(words),
        confidence=float(np.average([each.confidence for each in transcripts], weights=weights)),
        model_version=transcripts[0].model_version,
        duration_s=sum(each.duration_s for each in transcripts),
        timings=Timings(
            sum(each.timings.network_s for each in transcripts),
            sum(each.timings.decoding_s for each in transcripts),
        ),
    )


def _blocks(
    pieces: Iterable[Samples], config: RecordingConfig, find: FindSpeech
) -> Iterator[list[_Utterance]]:
    """Speech of one block after the other; what may go on is kept for the next block."""
    kept: list[Samples] = []
    start = fresh = 0
    for piece in pieces:
        kept.append(piece)
        fresh += len(piece)
        if fresh >= config.block_s * SAMPLE_RATE:
            samples = np.concatenate(kept)
            segments, keep = _settled(find(samples), len(samples) / SAMPLE_RATE, config)
            yield _cut(samples, segments, start)
            # A copy: a view would hold the whole block.
            kept, start, fresh = [samples[keep:].copy()], start + keep, 0
    if kept:
        samples = np.concatenate(kept)
        yield _cut(samples, find(samples), start)


def _settled(
    segments: list[Segment], length_s: Seconds, config: RecordingConfig
) -> tuple[list[Segment], int]:
    """The segments that are over, and the sample from which the rest is kept."""
    if segments and segments[-1].end_s > length_s - _EDGE_S:
        *before, last = segments
        if length_s - last.start_s < config.longest_s:
            return before, round(last.start_s * SAMPLE_RATE)
        return [*before, Segment(last.start_s, length_s)], round(length_s * SAMPLE_RATE)
    # The onset of a word may lie at the very end, still too short to be taken for speech.
    done_s = segments[-1].end_s if segments else 0.0
    return segments, round(max(done_s, length_s - _EDGE_S) * SAMPLE_RATE)


def _cut(samples: Samples, segments: Iterable[Segment], start: int) -> list[_Utterance]:
    """Speech out of ``samples``, which begin at sample ``start`` of the recording."""
    edges = [
        (round(each.start_s * SAMPLE_RATE), round(each.end_s * SAMPLE_RATE)) for each in segments
    ]
    return [_Utterance((start + first) / SAMPLE_RATE, samples[first:last]) for first, last in edges]
