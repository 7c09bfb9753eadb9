"""Loads the engine of a model artifact; needs no torch."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import onnxruntime

from ovoz.decoding.config import DecoderConfig
from ovoz.decoding.factory import build_decoder
from ovoz.decoding.lexicon_file import LEXICON_FILE, read_lexicon
from ovoz.decoding.rescoring import build_rescorer
from ovoz.engine.artifact.description import EngineKind, ModelDescription
from ovoz.engine.artifact.storage import (
    TOKENIZER_FILE,
    TOKENS_FILE,
    ArtifactError,
    read_description,
)
from ovoz.engine.engine import Engine
from ovoz.engine.frontend import Frontend
from ovoz.engine.precision import Device, Precision
from ovoz.engine.readers import Reader
from ovoz.engine.readers.attention import AttentionReader
from ovoz.engine.readers.ctc import DEFAULT_BATCH_FRAMES, CtcReader
from ovoz.engine.readers.rescoring import RescoringReader
from ovoz.engine.runtimes.onnx import (
    CPU,
    NO_OPTIONS,
    TENSORRT,
    OnnxCtc,
    OnnxHybrid,
    ProviderOptions,
)
from ovoz.engine.runtimes.tensorrt import TensorrtConfig, options_of
from ovoz.engine.workers import Workers
from ovoz.model.tokenizer import CharTokenizer, TokenizerError
from ovoz.text.pack import load_pack

if TYPE_CHECKING:
    from ovoz.model.text_tokens import TextTokens


def load_engine(
    directory: Path,
    *,
    decoder: DecoderConfig | None = None,
    precision: Precision | None = None,
    threads: int = 1,
    threads_per_window: int = 1,
    providers: Sequence[str] = CPU,
    device: Device | None = None,
) -> Engine:
    """The engine of a model artifact.

    Args:
        directory: The artifact.
        decoder: Replaces the artifact's own; it decides which head is run.
        precision: Replaces the served one. Without it, a head that is not served runs in the
            served precision, or else in int8 or fp32.
        threads: Windows of audio worked on side by side.
        threads_per_window: Threads per window, for large networks.
        providers: Execution providers of ONNX Runtime, the preferred one first; the attention
            head runs on the GPU where they name CUDA.
        device: ``cpu``, ``cuda`` or ``tensorrt``: the providers of that device, in place of
            ``providers``. TensorRT's plans are compiled on first use and kept in the artifact.

    Raises:
        ArtifactError: The artifact is missing, damaged, of another layout version, or lacks the
            head or the precision.
        ValueError: A provider or decoder is not available here, or TensorRT cannot run the
            precision.
        ModuleNotFoundError: TensorRT, or a package of the attention head, is not installed.
    """
    description = read_description(directory)
    decoder = decoder or description.decoder
    readers = _ReaderFactory(
        directory,
        description,
        decoder,
        precision or _nearest_precision(description, EngineKind.of(decoder)),
        threads=threads,
        threads_per_window=threads_per_window,
        providers=device.providers if device else providers,
    )
    label = load_pack(description.pack).word_language
    return Engine(readers.build(), model_version=description.model_version, label=label)


def load_draft_engine(directory: Path, engine: Engine, *, threads: int = 1) -> Engine:
    """The engine for partial transcripts: the CTC head with its search and no second head.

    Args:
        directory: The artifact that ``engine`` was loaded from.
        engine: Returned itself where it reads so anyway, or where there is no CTC head.
        threads: As for :func:`load_engine`.

    Raises:
        ArtifactError: As :func:`load_engine`.
    """
    description = read_description(directory)
    if isinstance(engine.reader, CtcReader) or not description.has_ctc:
        return engine
    alone = description.decoder.model_copy(update={"attention_weight": 0.0})
    if EngineKind.of(alone) is not EngineKind.ONNX:
        alone = DecoderConfig.best_path(ctc=True)
    return load_engine(directory, decoder=alone, threads=threads)


def load_ctc_reader(directory: Path, *, precision: Precision | None = None) -> CtcReader:
    """The CTC head of a model artifact with the greedy decoder, whatever it is served with.

    Raises:
        ArtifactError: As :func:`load_engine`, or the artifact has no CTC head.
    """
    description = read_description(directory)
    precision = precision or _nearest_precision(description, EngineKind.ONNX)
    return _ReaderFactory(
        directory, description, DecoderConfig.best_path(ctc=True), precision
    ).ctc_reader()


def load_symbols(directory: Path) -> tuple[str, ...]:
    """Symbols of the CTC classes 1, 2, … of a model artifact.

    Raises:
        ArtifactError: Its tokenizer is missing or damaged.
    """
    try:
        return CharTokenizer.load(directory / TOKENIZER_FILE).symbols
    except TokenizerError as error:
        raise ArtifactError(str(error)) from error


def _nearest_precision(description: ModelDescription, engine: EngineKind) -> Precision:
    """The served precision; for a head that lacks it, the nearest one that it has."""
    if engine is description.engine:
        return description.precision
    held = description.exported(engine)
    nearest = (description.precision, Precision.INT8_DYNAMIC, Precision.FP32)
    return next((one for one in nearest if one in held), description.precision)


@dataclass(frozen=True, slots=True)
class _ReaderFactory:
    """Builds the readers of an artifact."""

    directory: Path
    description: ModelDescription
    decoder: DecoderConfig
    precision: Precision
    threads: int = 1
    threads_per_window: int = 1
    providers: Sequence[str] = CPU

    def build(self) -> Reader:
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
            batch_frames=0 if on_cpu else DEFAULT_BATCH_FRAMES,
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
            self._tokens(),
            self._frontend(),
            max_tokens=self._max_tokens(),
            workers=Workers(self.threads),
        )

    def _attention_reader(self) -> AttentionReader:
        weights = self._file(f"{self.precision.folder}/model.bin")
        try:
            from ovoz.engine.runtimes.ctranslate2 import Ctranslate2Attention
        except ModuleNotFoundError as error:
            raise ModuleNotFoundError(
                f"the attention head needs CTranslate2: pip install 'ovoz[attention]' ({error})"
            ) from error
        tokens = self._tokens()
        runtime = Ctranslate2Attention(
            weights.parent,
            tokens,
            max_tokens=self._max_tokens(),
            beam=self.decoder.attention_beam,
            precision=self.precision,
            device="cuda" if "CUDAExecutionProvider" in self.providers else "cpu",
            threads=self.threads,
            threads_per_call=self.threads_per_window,
        )
        return AttentionReader(runtime, tokens, self._frontend(), workers=Workers(self.threads))

    def _file(self, name: str) -> Path:
        """A file that an artifact may lack."""
        if name not in self.description.files:
            raise ArtifactError(f"{self.directory}: has no {name}: export it, or ask for another")
        return self.directory / name

    def _frontend(self) -> Frontend:
        model = self.description
        return Frontend(model.features, frame_s=model.frame_s, window_s=model.window_s)

    def _lexicon(self) -> tuple[str, ...]:
        return read_lexicon(self.directory / LEXICON_FILE)

    def _tokens(self) -> "TextTokens":
        try:
            from ovoz.model.text_tokens import TextTokens, TextTokensError
        except ModuleNotFoundError as error:
            raise ModuleNotFoundError(
                f"the attention head needs tokenizers: pip install 'ovoz[attention]' ({error})"
            ) from error
        try:
            return TextTokens.load(self.directory / TOKENS_FILE)
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
