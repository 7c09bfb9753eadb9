"""Takes out of transcripts what must not be read, before they are answered or kept."""

from ovoz.engine.transcript import Transcript
from ovoz.engine.written import write_transcript
from ovoz.serving.inference.model import Model
from ovoz.serving.inference.options import RecognitionOptions
from ovoz.text.pack import load_pack
from ovoz.text.written.writing import Writing, check_languages


def redact_transcript(transcript: Transcript, options: RecognitionOptions) -> Transcript:
    """The transcript with a mark such as ``[card]`` for what the options want taken out.

    Raises:
        WritingError: Nothing is known of such numbers in a language of the transcript.
    """
    writing = Writing(figures=False, sentences=False, redact=options.redact)
    return write_transcript(transcript, writing)


def check_redaction(model: Model, options: RecognitionOptions) -> None:
    """Make sure that what a caller wants taken out would be found.

    Raises:
        WritingError: It would not, in a language of the model.
    """
    if options.redact:
        check_languages(load_pack(model.info.description.pack).config.languages)
