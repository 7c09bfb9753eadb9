"""Client of the Ovoz speech recognition service."""

from ovoz_client.answers import (
    CorrectionAnswer,
    Job,
    Loss,
    Problem,
    RecordingResult,
    SpeakerTalk,
    Switch,
    Transcript,
    Word,
)
from ovoz_client.async_client import AsyncClient
from ovoz_client.client import BlockingStream, Client
from ovoz_client.errors import (
    DeadlineError,
    OvozError,
    ServiceError,
    StreamError,
    UnreachableError,
)
from ovoz_client.events import (
    Done,
    Event,
    Finalized,
    FinalTranscript,
    PartialTranscript,
    Ready,
    SpeechEnded,
    SpeechStarted,
    Warned,
)
from ovoz_client.stream import Stream
from ovoz_client.stream_options import StreamOptions

__all__ = [
    "AsyncClient",
    "BlockingStream",
    "Client",
    "CorrectionAnswer",
    "DeadlineError",
    "Done",
    "Event",
    "FinalTranscript",
    "Finalized",
    "Job",
    "Loss",
    "OvozError",
    "PartialTranscript",
    "Problem",
    "Ready",
    "RecordingResult",
    "ServiceError",
    "SpeakerTalk",
    "SpeechEnded",
    "SpeechStarted",
    "Stream",
    "StreamError",
    "StreamOptions",
    "Switch",
    "Transcript",
    "UnreachableError",
    "Warned",
    "Word",
]
