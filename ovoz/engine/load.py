"""From a model artifact to a running engine; needs no torch."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import onnxruntime

from ovoz.decoding.config import DecoderConfig
from ovoz.decoding.factory import build_decoder
from ovoz.decoding.rescoring import build_rescorer
from ovoz.engine.artifact.description import EngineKind, ModelDescription
from ovoz.engine.artifact.storage import (
    LEXICON_FILE,
    TOKENIZER_FILE,
    TOKENS_FILE,
    ArtifactError,
    read_description,
    read_lexicon,
)
from ovoz.engine.engine import Engine
from ovoz.engine.frontend import Frontend
from ovoz.engine.precision import Device, Precision
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
        decoder: Another decoder than the artifact's own; it decides which head is run.
        precision: Another precision than the served one; a head that is not served and has no
            such precision is run in int8 or in full.
        threads: Windows of audio worked on side by side.
        threads_per_window: Threads inside one window; for large networks.
        providers: Execution providers of ONNX Runtime, the preferred one first; the attention
            head runs on the GPU where they name CUDA.
        device: ``cpu``, ``cuda`` or ``tensorrt``: the providers of that device, in place of
            ``providers``. TensorRT's engines are built on first use and kept in the artifact.

    Raises:
        ArtifactError: The artifact is missing, damaged, or of another layout version, or lacks
            what is asked for.
        ValueError: A provider or decoder that cannot be had here, or a precision that TensorRT
            cannot run.
        ModuleNotFoundError: TensorRT is asked for and not installed; or the attention head is,
            and what it needs is not.
    """
    description = read_description(directory)
    chosen = decoder or description.decoder
    kind = EngineKind.of(chosen)
    readers = _ReaderFactory(
        directory,
        description,
        chosen,
        precision or _nearest_precision(description, kind),
        threads=threads,
        threads_per_window=threads_per_window,
        providers=device.providers if device else providers,
    )
    if kind is EngineKind.CTRANSLATE2:
        reader: AttentionReader | RescoringReader | CtcReader = readers.attention_reader()
    else:
        reader = readers.rescoring_reader() if chosen.rescores else readers.ctc_reader()
    label = load_pack(description.pack).word_language
    return Engine(reader, model_version=description.model_version, label=label)


def load_ctc_reader(directory: Path, *, precision: Precision | None = None) -> CtcReader:
    """The CTC head of a model artifact, whatever it is served with, read by its best path.

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


def choose_second_decoder(directory: Path) -> DecoderConfig:
    """A decoder that reads differently from the artifact's own, for a second opinion.

    It is the best path of the other head where there are two, else of the only one.

    Raises:
        ArtifactError: The artifact is missing or damaged.
    """
    description = read_description(directory, verify=False)
    other = description.engine is EngineKind.CTRANSLATE2
    both = description.has_ctc and description.has_attention
    return DecoderConfig.best_path(ctc=other if both else description.has_ctc)


def _nearest_precision(description: ModelDescription, engine: EngineKind) -> Precision:
    """The served precision; for another head, which may not have it, what comes nearest."""
    if engine is description.engine:
        return description.precision
    held = description.exported(engine)
    nearest = (description.precision, Precision.INT8_DYNAMIC, Precision.FP32)
    return next((one for one in nearest if one in held), description.precision)


@dataclass(frozen=True, slots=True)
class _ReaderFactory:
    """What a reader is built from: an artifact, and how its network is to be run."""

    directory: Path
    description: ModelDescription
    decoder: DecoderConfig
    precision: Precision
    threads: int = 1
    threads_per_window: int = 1
    providers: Sequence[str] = CPU

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

    def rescoring_reader(self) -> RescoringReader:
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

    def attention_reader(self) -> AttentionReader:
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
        """A file that not every artifact has."""
        if name not in self.description.files:
            raise ArtifactError(f"{self.directory}: has no {name}: export it, or ask for another")
        return self.directory / name

    def _frontend(self) -> Frontend:
        told = self.description
        return Frontend(told.features, frame_s=told.frame_s, window_s=told.window_s)

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
        """TensorRT's settings, where it is asked for and there."""
        if TENSORRT not in self.providers:
            return NO_OPTIONS
        if TENSORRT not in onnxruntime.get_available_providers():
            return NO_OPTIONS  # opening the network says so
        told = self.description
        return options_of(
            self.directory, told.model_version, self.precision, told.features, told.window_s
        )
