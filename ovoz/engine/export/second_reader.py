"""Export of a released Whisper as the second reader of an artifact."""

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


def write_second_reader(
    config: SecondReaderConfig, tokenizer: CharTokenizer, folder: Path
) -> SecondReaderDescription:
    """Write a Whisper checkpoint in int8 into ``folder``.

    Args:
        config: The checkpoint, and when it is asked.
        tokenizer: Of the CTC head; not used by an attention head.
        folder: Gets CTranslate2's files and the tokens.

    Raises:
        ValueError: The checkpoint cannot be read, or does not know the language.
    """
    shape = NetworkConfig(
        base_model=config.base_model,
        head=HeadKind.ATTENTION,
        attention=AttentionConfig(prompt_language=config.language.value),
    )
    whisper = initialize_network(shape, tokenizer)
    if whisper.tokens is None:  # an attention head always has them
        raise ValueError(f"second_reader.base_model {config.base_model!r}: no tokenizer")
    convert(whisper, folder, Precision.INT8_DYNAMIC)
    whisper.tokens.save(folder / TOKENS_FILE)
    loaded = whisper.network.config
    return SecondReaderDescription(
        **config.model_dump(exclude={"base_model"}),
        base_model=Path(config.base_model).name,
        features=loaded.features,
        window_s=loaded.max_positions * loaded.frame_s,
        max_tokens=loaded.attention.max_tokens,
        suppressed=_find_suppressed(config.base_model, whisper.tokens),
    )


def _find_suppressed(base_model: str, tokens: TextTokens) -> tuple[int, ...]:
    """Tokens that the checkpoint's own settings rule out; none where it has no such settings."""
    try:
        settings = GenerationConfig.from_pretrained(base_model)
    except OSError:
        return ()
    return tuple(token for token in settings.suppress_tokens or () if 0 <= token < tokens.size)
