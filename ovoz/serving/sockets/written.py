"""The written form of the segments of a stream."""

from dataclasses import replace

from ovoz.engine.transcript import Transcript
from ovoz.engine.written import write_where_known
from ovoz.streaming.events import FinalTranscript
from ovoz.text.written.writing import Writing


def write_segment(final: FinalTranscript, writing: Writing) -> Transcript:
    """A final transcript as its reader wants it.

    Partial transcripts have no written form: a number that is not over would change its figures
    with every word. A segment that was cut at its greatest length ends no sentence.
    """
    sentences = writing.sentences and final.reason.ends_speech
    return write_where_known(final.transcript, replace(writing, sentences=sentences))
