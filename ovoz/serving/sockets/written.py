"""What is to be read of the segments of a stream: their written form, and without what."""

from dataclasses import replace

from starlette.datastructures import QueryParams

from ovoz.engine.transcript import Transcript
from ovoz.engine.written import write_where_known
from ovoz.serving.inference.options import read_redaction
from ovoz.serving.sockets.dialogue import bad_message
from ovoz.streaming.events import FinalTranscript
from ovoz.text.written.redaction import RedactionKind
from ovoz.text.written.writing import Writing


def write_segment(final: FinalTranscript, writing: Writing) -> Transcript:
    """A final transcript as its reader wants it.

    Partial transcripts have no written form: a number that is not over would change its figures
    with every word. A segment that was cut at its greatest length ends no sentence.
    """
    sentences = writing.sentences and final.reason.ends_speech
    return write_where_known(final.transcript, replace(writing, sentences=sentences))


def redaction_in_address(query: QueryParams) -> frozenset[RedactionKind]:
    """What ``redact`` in the address of a socket takes out; it may stand there several times.

    Raises:
        SocketFaultError: A kind is unknown.
    """
    try:
        return read_redaction(query.getlist("redact"))
    except ValueError as error:
        raise bad_message(str(error)) from error
