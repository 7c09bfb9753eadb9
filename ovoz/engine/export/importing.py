"""A model that others trained as an artifact: Whisper, wav2vec2, or what onnx-asr reads."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ovoz.decoding.config import DecoderConfig, DecoderKind
from ovoz.decoding.lexicon_file import LEXICON_FILE, write_lexicon
from ovoz.engine.artifact.description import EngineKind, ModelDescription, ModelIdentity
from ovoz.engine.artifact.storage import TOKENIZER_FILE, TOKENS_FILE, seal
from ovoz.engine.frontend import DEFAULT_WINDOW_S
from ovoz.engine.imported import CANNOT, IMPORTED_DIR, ImportedKind, ImportedModel
from ovoz.engine.precision import Precision
from ovoz.files import atomic_folder
from ovoz.model.features import LogMelConfig

if TYPE_CHECKING:
    from ovoz.model.text_tokens import TextTokens

_WHISPER_WINDOW_S: Final = 30.0
_WHISPER_HOP: Final = 160
_MAX_TOKENS: Final = 448
"""Of every released Whisper."""
_FRAME_S: Final = 0.02
_FOREIGN_WINDOW_S: Final = 20.0
"""GigaAM's longest; NeMo and Vosk read longer ones."""


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What a folder does not say of itself.

    Attributes:
        language: Whisper's code of the language that it is to write.
        onnx_asr: The name or type by which onnx-asr knows the model; empty for others.
    """

    language: str = "uz"
    onnx_asr: str = ""


def import_model(
    folder: Path, out: Path, identity: ModelIdentity, options: ImportOptions
) -> ModelDescription:
    """Write the artifact of a model that others trained to ``out``, complete or not at all.

    Read are a Whisper checkpoint of Hugging Face (``model_type`` is ``whisper`` in its
    ``config.json``), one of CTranslate2 (``model.bin``), a wav2vec2 CTC checkpoint, and, where
    ``options`` name it, what onnx-asr reads.

    Raises:
        ArtifactError: A runtime cannot read what was written.
        ValueError: The folder holds none of these, or a damaged one.
        ModuleNotFoundError: A package of the kind is not installed.
    """
    kind = _kind_of(folder, options)
    with atomic_folder(out) as unfinished:
        match kind:
            case ImportedKind.ONNX_ASR:
                description = _import_onnx_asr(folder, unfinished, identity, options)
            case ImportedKind.WAV2VEC2:
                description = _import_wav2vec2(folder, unfinished, identity)
            case ImportedKind.WHISPER if (folder / "model.bin").is_file():
                description = _import_ctranslate2(folder, unfinished, identity, options)
            case ImportedKind.WHISPER:
                description = _import_whisper(folder, unfinished, identity, options)
        return seal(unfinished, description)


def _kind_of(folder: Path, options: ImportOptions) -> ImportedKind:
    if not folder.is_dir():
        raise ValueError(f"{folder}: no such folder")
    if options.onnx_asr:
        return ImportedKind.ONNX_ASR
    if (folder / "model.bin").is_file():
        return ImportedKind.WHISPER
    try:
        named = json.loads((folder / "config.json").read_text(encoding="utf-8"))["model_type"]
        return {kind.value: kind for kind in (ImportedKind.WHISPER, ImportedKind.WAV2VEC2)}[named]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ValueError(
            f"{folder}: neither Whisper (Hugging Face, CTranslate2) nor wav2vec2 by its"
            " config.json; for GigaAM, NeMo, Vosk or T-one name the model with --onnx-asr"
        ) from error


def _import_whisper(
    folder: Path, out: Path, identity: ModelIdentity, options: ImportOptions
) -> ModelDescription:
    """A checkpoint of Hugging Face, converted to CTranslate2 in int8."""
    from ovoz.engine.export.second_reader import write_whisper

    written = write_whisper(str(folder), options.language, out / Precision.INT8_DYNAMIC.folder)
    written.tokens.save(out / TOKENS_FILE)
    shape = written.shape
    return _describe(
        identity,
        ImportedModel(
            kind=ImportedKind.WHISPER,
            source=folder.name,
            suppressed=written.suppressed,
            cannot=CANNOT[ImportedKind.WHISPER],
        ),
        features=shape.features,
        window_s=shape.max_positions * shape.frame_s,
        max_tokens=shape.attention.max_tokens,
    )


def _import_ctranslate2(
    folder: Path, out: Path, identity: ModelIdentity, options: ImportOptions
) -> ModelDescription:
    """CTranslate2's files as they are."""
    from ovoz.engine.runtimes.ctranslate2 import inspect_whisper

    tokens = _ctranslate2_tokens(folder, options.language)
    n_mels, precision = inspect_whisper(folder)
    shutil.copytree(folder, out / precision.folder)
    tokens.save(out / TOKENS_FILE)
    settings = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    return _describe(
        identity,
        ImportedModel(
            kind=ImportedKind.WHISPER,
            source=folder.name,
            suppressed=tuple(one for one in settings.get("suppress_ids", ()) if one >= 0),
            cannot=CANNOT[ImportedKind.WHISPER],
        ),
        precision=precision,
        features=LogMelConfig(n_mels=n_mels, hop=_WHISPER_HOP),
        window_s=_WHISPER_WINDOW_S,
        max_tokens=_MAX_TOKENS,
    )


def _ctranslate2_tokens(folder: Path, language: str) -> "TextTokens":
    from ovoz.model.text_tokens import TextTokens

    file = folder / "tokenizer.json"
    if not file.is_file():
        raise ValueError(
            f"{folder}: has no tokenizer.json: convert with --copy_files tokenizer.json, or copy it"
            " from the checkpoint"
        )
    return TextTokens.from_whisper(file, language)


def _import_wav2vec2(folder: Path, out: Path, identity: ModelIdentity) -> ModelDescription:
    """A checkpoint of Hugging Face as a CTC network of ours, read by the likeliest letters."""
    from ovoz.engine.export.quantization import to_int8_dynamic
    from ovoz.engine.export.wav2vec2 import export_wav2vec2

    tokenizer, frame_s = export_wav2vec2(folder, out / Precision.FP32.file)
    to_int8_dynamic(out / Precision.FP32.file, out / Precision.INT8_DYNAMIC.file)
    tokenizer.save(out / TOKENIZER_FILE)
    write_lexicon((), out / LEXICON_FILE)
    return _describe(
        identity,
        ImportedModel(
            kind=ImportedKind.WAV2VEC2,
            source=folder.name,
            cannot=CANNOT[ImportedKind.WAV2VEC2],
        ),
        decoder=DecoderConfig(kind=DecoderKind.GREEDY),
        frame_s=frame_s,
        window_s=DEFAULT_WINDOW_S,
    )


def _import_onnx_asr(
    folder: Path, out: Path, identity: ModelIdentity, options: ImportOptions
) -> ModelDescription:
    """The files of a model of onnx-asr as they are."""
    from ovoz.engine.runtimes.onnx_asr import OnnxAsrText

    OnnxAsrText(folder, options.onnx_asr)  # refuses what it cannot read
    copied = shutil.copytree(folder, out / IMPORTED_DIR)
    weights = max(copied.rglob("*.onnx"), key=lambda file: file.stat().st_size)
    return _describe(
        identity,
        ImportedModel(
            kind=ImportedKind.ONNX_ASR,
            source=folder.name,
            weights=weights.relative_to(out).as_posix(),
            onnx_asr=options.onnx_asr,
            cannot=CANNOT[ImportedKind.ONNX_ASR],
        ),
        decoder=DecoderConfig(kind=DecoderKind.GREEDY),
        window_s=_FOREIGN_WINDOW_S,
    )


def _describe(
    identity: ModelIdentity,
    imported: ImportedModel,
    *,
    window_s: float,
    decoder: DecoderConfig | None = None,
    precision: Precision = Precision.INT8_DYNAMIC,
    features: LogMelConfig | None = None,
    frame_s: float = _FRAME_S,
    max_tokens: int | None = None,
) -> ModelDescription:
    chosen = decoder or DecoderConfig(kind=DecoderKind.ATTENTION)
    return ModelDescription(
        **identity.model_dump(),
        engine=EngineKind.of(chosen),
        precision=precision,
        features=features or LogMelConfig(),
        frame_s=frame_s,
        window_s=window_s,
        max_tokens=max_tokens,
        decoder=chosen,
        imported=imported,
    )
