"""Builds the readers of an artifact; needs no torch."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import onnxruntime

from ovoz.audio.signal import SAMPLE_RATE
from ovoz.decoding.config import DecoderConfig
from ovoz.decoding.factory import build_decoder
from ovoz.decoding.forced_alignment import Aligner
from ovoz.decoding.lexicon_file import LEXICON_FILE, read_lexicon
from ovoz.decoding.rescoring import build_rescorer
from ovoz.engine.artifact.description import EngineKind, ModelDescription
from ovoz.engine.artifact.storage import (
    TOKENIZER_FILE,
    TOKENS_FILE,
    ArtifactError,
)
from ovoz.engine.frontend import Frontend
from ovoz.engine.imported import IMPORTED_DIR, ImportedKind, ImportedModel
from ovoz.engine.precision import Precision
from ovoz.engine.readers import Reader
from ovoz.engine.readers.attention import AttentionReader
from ovoz.engine.readers.ctc import DEFAULT_BATCH_FRAMES, CtcReader
from ovoz.engine.readers.foreign import CanonicalReader, TextReader, TextReaderOnly
from ovoz.engine.readers.rescoring import RescoringReader
from ovoz.engine.readers.second import SecondReader, WhisperText
from ovoz.engine.runtimes.onnx import (
    CPU,
    NO_OPTIONS,
    TENSORRT,
    OnnxCtc,
    OnnxHybrid,
    ProviderOptions,
)
from ovoz.engine.runtimes.tensorrt import TensorrtConfig, options_of
from ovoz.engine.second_reader import SECOND_READER_DIR, SecondReaderDescription
from ovoz.engine.workers import Workers
from ovoz.model.config import CONV_STRIDE
from ovoz.model.tokenizer import CharTokenizer, TokenizerError
from ovoz.text.pack import LanguagePack

if TYPE_CHECKING:
    from ovoz.engine.runtimes.ctranslate2 import Ctranslate2Attention
    from ovoz.model.text_tokens import TextTokens


def load_symbols(directory: Path) -> tuple[str, ...]:
    """Symbols of the CTC classes 1, 2, … of a model artifact.

    Raises:
        ArtifactError: Its tokenizer is missing or damaged.
    """
    try:
        return CharTokenizer.load(directory / TOKENIZER_FILE).symbols
    except TokenizerError as error:
        raise ArtifactError(str(error)) from error


@dataclass(frozen=True, slots=True)
class ReaderFactory:
    """Builds the readers of an artifact.

    Attributes:
        directory: The artifact.
        description: What it says of itself.
        decoder: How it is read.
        precision: Of the weights.
        threads: Windows of audio worked on side by side.
        threads_per_window: Threads per window.
        providers: Execution providers of ONNX Runtime.
    """

    directory: Path
    description: ModelDescription
    decoder: DecoderConfig
    precision: Precision
    threads: int = 1
    threads_per_window: int = 1
    providers: Sequence[str] = CPU

    def build(self) -> Reader:
        """The reader that the decoder asks for."""
        if EngineKind.of(self.decoder) is EngineKind.CTRANSLATE2:
            return self._attention_reader()
        return self._rescoring_reader() if self.decoder.rescores else self.ctc_reader()

    def ctc_reader(self) -> CtcReader:
        """On the CPU every window runs alone, ``threads`` side by side.

        That is faster than batches (no padding, no threads waiting on each other;
        ``benchmarks/engines.py``), and it makes an int8 result independent of its neighbours:
        dynamic quantization takes the range of the activations over the whole batch. Other
        providers get batches of like length.
        """
        on_cpu = tuple(self.providers) == CPU
        options = self._tensorrt_options()
        symbols = load_symbols(self.directory)
        runtime = OnnxCtc(
            self._file(self.precision.file),
            threads=self.threads_per_window,
            providers=self.providers,
            options=options,
        )
        return CtcReader(
            runtime,
            build_decoder(self.decoder.with_models_in(self.directory), symbols, self._lexicon()),
            symbols,
            self._frontend(),
            workers=Workers(self.threads if on_cpu else 1),
            batch_frames=0 if on_cpu or self._reads_signal else DEFAULT_BATCH_FRAMES,
            max_batch=TensorrtConfig().max_batch if options else None,
        )

    def _rescoring_reader(self) -> RescoringReader:
        symbols = load_symbols(self.directory)
        runtime = OnnxHybrid(
            self._file(self.precision.file),
            self._file(self.precision.rescorer),
            threads=self.threads_per_window,
            providers=self.providers,
            options=self._tensorrt_options(),
        )
        return RescoringReader(
            runtime,
            build_rescorer(self.decoder.with_models_in(self.directory), symbols, self._lexicon()),
            symbols,
            self._tokens(self.directory / TOKENS_FILE),
            self._frontend(),
            max_tokens=self._max_tokens(),
            workers=Workers(self.threads),
        )

    def second_reader(self, second: SecondReaderDescription, pack: LanguagePack) -> SecondReader:
        """The CTC head, and a second reader that reads one language again."""
        folder = self.directory / SECOND_READER_DIR
        tokens = self._tokens(folder / TOKENS_FILE)
        runtime = self._whisper(folder, tokens, second.max_tokens, Precision.INT8_DYNAMIC)
        frame_s = second.features.hop * CONV_STRIDE / SAMPLE_RATE
        frontend = Frontend(second.features, frame_s=frame_s, window_s=second.window_s)
        return SecondReader(
            self.ctc_reader(),
            WhisperText(runtime, tokens, frontend, suppressed=second.suppressed),
            Aligner(load_symbols(self.directory)),
            second,
            canonical=pack.canonical,
            label=pack.transcript_languages,
            workers=Workers(self.threads),
        )

    def imported(self, model: ImportedModel, pack: LanguagePack) -> Reader:
        """The reader of a model that others trained."""
        if model.kind is ImportedKind.WAV2VEC2:
            return CanonicalReader(self.ctc_reader(), pack.canonical)
        frontend = self._frontend()
        read = (
            self._whisper_text(model)
            if model.kind is ImportedKind.WHISPER
            else self._foreign(model)
        )
        return TextReaderOnly(read, frontend, pack.canonical, workers=Workers(self.threads))

    def _whisper_text(self, model: ImportedModel) -> WhisperText:
        weights = self._file(f"{self.precision.folder}/model.bin")
        tokens = self._tokens(self.directory / TOKENS_FILE)
        runtime = self._whisper(weights.parent, tokens, self._max_tokens(), self.precision)
        return WhisperText(runtime, tokens, self._frontend(), suppressed=model.suppressed)

    def _foreign(self, model: ImportedModel) -> TextReader:
        try:
            from ovoz.engine.runtimes.onnx_asr import OnnxAsrText
        except ModuleNotFoundError as error:
            raise ModuleNotFoundError(
                f"this model needs onnx-asr: pip install 'ovoz[onnx-asr]' ({error})"
            ) from error
        return OnnxAsrText(
            self.directory / IMPORTED_DIR, model.onnx_asr, threads=self.threads_per_window
        )

    def _attention_reader(self) -> AttentionReader:
        weights = self._file(f"{self.precision.folder}/model.bin")
        tokens = self._tokens(self.directory / TOKENS_FILE)
        runtime = self._whisper(weights.parent, tokens, self._max_tokens(), self.precision)
        return AttentionReader(runtime, tokens, self._frontend(), workers=Workers(self.threads))

    def _whisper(
        self, folder: Path, tokens: "TextTokens", max_tokens: int, precision: Precision
    ) -> "Ctranslate2Attention":
        """An encoder with Whisper's decoder, on CTranslate2."""
        try:
            from ovoz.engine.runtimes.ctranslate2 import Ctranslate2Attention
        except ModuleNotFoundError as error:
            raise ModuleNotFoundError(
                f"the attention head needs CTranslate2: pip install 'ovoz[attention]' ({error})"
            ) from error
        return Ctranslate2Attention(
            folder,
            tokens,
            max_tokens=max_tokens,
            beam=self.decoder.attention_beam,
            precision=precision,
            device="cuda" if "CUDAExecutionProvider" in self.providers else "cpu",
            threads=self.threads,
            threads_per_call=self.threads_per_window,
        )

    def _file(self, name: str) -> Path:
        """A file that an artifact may lack."""
        if name not in self.description.files:
            raise ArtifactError(f"{self.directory}: has no {name}: export it, or ask for another")
        return self.directory / name

    def _frontend(self) -> Frontend:
        model = self.description
        features = None if self._reads_signal else model.features
        return Frontend(features, frame_s=model.frame_s, window_s=model.window_s)

    @property
    def _reads_signal(self) -> bool:
        """Whether the network reads the signal itself, one at a time."""
        imported = self.description.imported
        return imported is not None and imported.kind is ImportedKind.WAV2VEC2

    def _lexicon(self) -> tuple[str, ...]:
        return read_lexicon(self.directory / LEXICON_FILE)

    def _tokens(self, file: Path) -> "TextTokens":
        try:
            from ovoz.model.text_tokens import TextTokens, TextTokensError
        except ModuleNotFoundError as error:
            raise ModuleNotFoundError(
                f"the attention head needs tokenizers: pip install 'ovoz[attention]' ({error})"
            ) from error
        try:
            return TextTokens.load(file)
        except TextTokensError as error:
            raise ArtifactError(str(error)) from error

    def _max_tokens(self) -> int:
        if self.description.max_tokens is None:
            raise ArtifactError(
                f"{self.directory}: does not say how much its attention head writes"
            )
        return self.description.max_tokens

    def _tensorrt_options(self) -> ProviderOptions:
        # Where ONNX Runtime lacks the provider, opening the network raises.
        if TENSORRT not in self.providers or TENSORRT not in onnxruntime.get_available_providers():
            return NO_OPTIONS
        model = self.description
        return options_of(
            self.directory, model.model_version, self.precision, model.features, model.window_s
        )
