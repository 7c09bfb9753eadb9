"""Drives a session with an engine in this process, one request after the other."""

from collections.abc import Callable, Iterable, Iterator

from ovoz.audio.signal import Samples
from ovoz.audio.vad import SpeechProbabilities
from ovoz.engine.transcript import SupportsTranscribe
from ovoz.streaming.activity import SpeechActivity
from ovoz.streaming.config import StreamingConfig
from ovoz.streaming.events import Event
from ovoz.streaming.session import StreamingSession


def transcribe_stream(
    engine: SupportsTranscribe,
    pieces: Iterable[Samples],
    config: StreamingConfig | None = None,
    *,
    drafts: SupportsTranscribe | None = None,
    detector: Callable[[], SpeechActivity] = SpeechProbabilities,
) -> Iterator[Event]:
    """Events of a signal that arrives in pieces, as soon as each is known.

    Args:
        engine: Writes the final transcripts.
        pieces: The signal, float32 [T] at 16 kHz in [-1, 1], piece after piece.
        config: Times of endpointing and partial transcripts.
        drafts: Writes the partial transcripts; ``engine`` by default.
        detector: Makes what finds speech; Silero's network by default.
    """
    session = StreamingSession(config, detector=detector)
    for piece in pieces:
        yield from session.feed([piece])
        yield from _recognise(session, engine, drafts or engine)
    yield from session.finalize()
    yield from _recognise(session, engine, drafts or engine)


def _recognise(
    session: StreamingSession, engine: SupportsTranscribe, drafts: SupportsTranscribe
) -> Iterator[Event]:
    while request := session.next_request():
        reader = engine if request.is_final else drafts
        yield from session.accept(request, reader.transcribe([request.samples])[0])
