"""The engine: signals in, transcripts out, whichever reader and runtime it is built from."""

from collections.abc import Sequence

from ovoz.audio.signal import Samples, duration_s
from ovoz.engine.readers import AllowedLetters, Reader
from ovoz.engine.transcript import Transcript, build_transcript
from ovoz.text.language import LabelWords, label_by_script


class Engine:
    """Transcribes signals; may be used from several threads at once.

    Args:
        reader: Reads words in signals.
        model_version: Written into every transcript.
        label: The ``transcript_languages`` of the model's language pack.
    """

    def __init__(
        self,
        reader: Reader,
        *,
        model_version: str,
        label: LabelWords = label_by_script,
    ) -> None:
        self.reader = reader
        self.model_version = model_version
        self.label = label

    def transcribe(
        self,
        batch: Sequence[Samples],
        *,
        hot_words: Sequence[str] = (),
        allowed_letters: AllowedLetters | None = None,
    ) -> list[Transcript]:
        """Transcribe signals, float32 [T] at 16 kHz in [-1, 1]; one transcript each, in order.

        Silence and audio under 0.1 s give a transcript without words. Long audio is read in
        windows, so cost and memory grow with its length and no faster.

        Args:
            batch: The signals.
            hot_words: Preferred where the sound leaves a choice, and known even if the lexicon
                lacks them.
            allowed_letters: Whether a letter may be written; by default any may.

        Raises:
            ValueError: A signal is not one-dimensional, not floating point, or holds NaN or
                infinite samples; the message gives its place in the batch.
            HotWordsError: Hot words that are too many, too long, cannot be spelled, or that the
                reader cannot use.
        """
        found = self.reader.read(batch, hot_words=hot_words, allowed_letters=allowed_letters)
        return [
            build_transcript(
                one.words,
                frame_s=self.reader.frame_s,
                duration_s=duration_s(samples),
                model_version=self.model_version,
                label=self.label,
                timings=one.timings,
            )
            for one, samples in zip(found, batch, strict=True)
        ]
