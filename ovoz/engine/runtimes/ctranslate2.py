"""Attention heads on CTranslate2: served where accuracy counts more than speed."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import ctranslate2

from ovoz.engine.artifact.storage import ArtifactError
from ovoz.engine.precision import Precision
from ovoz.engine.runtimes import TokenSequence
from ovoz.model.features import Features
from ovoz.model.text_tokens import TextTokens

_ARITHMETIC: Final = {
    ("cpu", Precision.FP32): "float32",
    ("cpu", Precision.FP16): "float32",
    ("cpu", Precision.INT8_DYNAMIC): "int8",
    ("cuda", Precision.FP32): "float16",
    ("cuda", Precision.FP16): "float16",
    ("cuda", Precision.INT8_DYNAMIC): "int8_float16",
}


def inspect_whisper(folder: Path) -> tuple[int, Precision]:
    """The bands that a Whisper in CTranslate2's files reads, and the arithmetic of its weights.

    Raises:
        ArtifactError: The folder holds nothing that CTranslate2 can read here.
    """
    try:
        model = ctranslate2.models.Whisper(str(folder), device="cpu", compute_type="default")
    except (RuntimeError, ValueError) as error:
        raise ArtifactError(f"{folder}: not a usable CTranslate2 model: {error}") from error
    is_int8 = "int8" in model.compute_type
    return model.n_mels, Precision.INT8_DYNAMIC if is_int8 else Precision.FP32


class Ctranslate2Attention:
    """Runs an encoder and Whisper's decoder at the audio's true length, with a beam search.

    Frames of tokens come from the cross-attention (dynamic time warping, as in Whisper's own code).

    Args:
        folder: CTranslate2's files.
        tokens: What the head reads and writes.
        max_tokens: Most tokens of a text, prompt and end included.
        beam: Hypotheses kept after every token.
        precision: Int8 or full precision, which on a GPU is float16.
        device: ``cpu`` or ``cuda``.
        threads: Calls that run side by side.
        threads_per_call: Threads inside one call, on the CPU.

    Raises:
        ArtifactError: The folder holds nothing that CTranslate2 can read here.
    """

    def __init__(
        self,
        folder: Path,
        tokens: TextTokens,
        *,
        max_tokens: int,
        beam: int,
        precision: Precision,
        device: str = "cpu",
        threads: int = 1,
        threads_per_call: int = 1,
    ) -> None:
        try:
            self._model = ctranslate2.models.Whisper(
                str(folder),
                device=device,
                compute_type=_ARITHMETIC[device, precision],
                inter_threads=threads,
                intra_threads=threads_per_call,
            )
        except (RuntimeError, ValueError) as error:
            raise ArtifactError(f"{folder}: not a usable CTranslate2 model: {error}") from error
        self._prompt = list(tokens.prompt)
        self._end = tokens.end
        self._beam = beam
        self._longest_text = max_tokens - len(tokens.prompt) - 1

    def generate(self, features: Features, suppressed: Sequence[int]) -> TokenSequence:
        """As :meth:`ovoz.engine.runtimes.AttentionRuntime.generate`."""
        encoded = self._model.encode(ctranslate2.StorageView.from_array(features[None]))
        (found,) = self._model.generate(
            encoded,
            [self._prompt],
            beam_size=self._beam,
            # CTranslate2 gives half of it to the text, the rest to a prompt.
            max_length=2 * self._longest_text,
            suppress_blank=False,
            suppress_tokens=list(suppressed),
        )
        ids = [number for number in found.sequences_ids[0] if number != self._end]
        if not ids:
            return TokenSequence(ids)
        # It adds the last token of the prompt, which says that there are no times, itself.
        (aligned,) = self._model.align(encoded, self._prompt[:-1], [ids], features.shape[-1])
        return TokenSequence(ids, aligned.alignments, aligned.text_token_probs)
