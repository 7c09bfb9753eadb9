"""Export of a released Whisper as the second reader of an artifact."""

from dataclasses import dataclass
from pathlib import Path

from transformers import GenerationConfig

from ovoz.engine.artifact.storage import TOKENS_FILE
from ovoz.engine.export.ctranslate2 import convert
from ovoz.engine.precision import Precision
from ovoz.engine.second_reader import SecondReaderConfig, SecondReaderDescription
from ovoz.model.config import AttentionConfig, HeadKind, NetworkConfig
from ovoz.model.initialization import initialize_network
from ovoz.model.text_tokens import TextTokens
from ovoz.model.tokenizer import CharTokenizer


@dataclass(frozen=True, slots=True)
class WrittenWhisper:
    """A Whisper checkpoint that was converted: its shape, its tokens, those it must not write."""

    shape: NetworkConfig
    tokens: TextTokens
    suppressed: tuple[int, ...]


def write_second_reader(config: SecondReaderConfig, folder: Path) -> SecondReaderDescription:
    """Write a Whisper checkpoint in int8 into ``folder``.

    Args:
        config: The checkpoint, and when it is asked.
        folder: Gets CTranslate2's files and the tokens.

    Raises:
        ValueError: The checkpoint cannot be read, or does not know the language.
    """
    written = write_whisper(config.base_model, config.language.value, folder)
    written.tokens.save(folder / TOKENS_FILE)
    shape = written.shape
    return SecondReaderDescription(
        **config.model_dump(exclude={"base_model"}),
        base_model=Path(config.base_model).name,
        features=shape.features,
        window_s=shape.max_positions * shape.frame_s,
        max_tokens=shape.attention.max_tokens,
        suppressed=written.suppressed,
    )


def write_whisper(base_model: str, language: str, folder: Path) -> WrittenWhisper:
    """Convert a Whisper checkpoint to CTranslate2's files in ``folder``, in int8.

    Args:
        base_model: Hub name or folder.
        language: Whisper's code of the language that its prompt names.
        folder: Gets the files.

    Raises:
        ValueError: The checkpoint cannot be read, or does not know the language.
    """
    asked = NetworkConfig(
        base_model=base_model,
        head=HeadKind.ATTENTION,
        attention=AttentionConfig(prompt_language=language),
    )
    whisper = initialize_network(asked, CharTokenizer.from_alphabet(""))  # of a CTC head, not used
    if whisper.tokens is None:  # an attention head always has them
        raise ValueError(f"{base_model}: no tokenizer")
    convert(whisper, folder, Precision.INT8_DYNAMIC)
    suppressed = _find_suppressed(base_model, whisper.tokens)
    return WrittenWhisper(whisper.network.config, whisper.tokens, suppressed)


def _find_suppressed(base_model: str, tokens: TextTokens) -> tuple[int, ...]:
    """Tokens that the checkpoint's own settings rule out; none where it has no such settings."""
    try:
        settings = GenerationConfig.from_pretrained(base_model)
    except OSError:
        return ()
    return tuple(token for token in settings.suppress_tokens or () if 0 <= token < tokens.size)
