"""Conversion between Ovoz configurations and transformers' Whisper."""

from pathlib import Path

from transformers import AutoTokenizer, WhisperConfig, WhisperForConditionalGeneration

from ovoz.model.config import AttentionConfig, NetworkConfig
from ovoz.model.text_tokens import TextTokens, TextTokensError, whisper_prompt


def to_whisper_config(config: NetworkConfig) -> WhisperConfig:
    """Transformers' configuration of the same shape.

    Raises:
        ValueError: The network has an attention head, and the size of its vocabulary is not set.
    """
    attention = config.attention
    if config.has_attention and attention.vocabulary is None:
        raise ValueError("an attention head needs the size of its vocabulary")
    ffn_dim = config.ffn_dim or 4 * config.d_model
    whisper = WhisperConfig(
        vocab_size=attention.vocabulary or 1,
        num_mel_bins=config.n_mels,
        d_model=config.d_model,
        encoder_layers=config.layers,
        encoder_attention_heads=config.heads,
        encoder_ffn_dim=ffn_dim,
        decoder_layers=attention.layers,
        decoder_attention_heads=config.heads,
        decoder_ffn_dim=ffn_dim,
        max_source_positions=config.max_positions,
        max_target_positions=attention.max_tokens,
        pad_token_id=None,
        bos_token_id=None,
        eos_token_id=None,
        decoder_start_token_id=0,
        dropout=0.0,
    )
    whisper._attn_implementation = "eager"  # exports to ONNX as plain operators
    return whisper


def load_whisper(config: NetworkConfig) -> WhisperForConditionalGeneration:
    """Load the Whisper checkpoint ``config.base_model``.

    Raises:
        ValueError: It is not a readable Whisper checkpoint.
    """
    try:
        return WhisperForConditionalGeneration.from_pretrained(config.base_model)
    except (OSError, ValueError) as error:
        kind = "folder" if Path(config.base_model).exists() else "name"
        raise ValueError(
            f"base_model {config.base_model!r}: this {kind} gives no Whisper checkpoint: {error}"
        ) from error


def read_shape(whisper: WhisperConfig, config: NetworkConfig) -> NetworkConfig:
    """A copy of ``config`` with the shape of a checkpoint, and without an adapter."""
    return NetworkConfig(
        base_model=config.base_model,
        head=config.head,
        attention=AttentionConfig(
            layers=whisper.decoder_layers,
            max_tokens=whisper.max_target_positions,
            vocabulary=whisper.vocab_size,
            prompt_language=config.attention.prompt_language,
            pretrained=config.has_attention,
        ),
        n_mels=whisper.num_mel_bins,
        d_model=whisper.d_model,
        layers=whisper.encoder_layers,
        heads=whisper.encoder_attention_heads,
        ffn_dim=whisper.encoder_ffn_dim,
        hop=config.hop,
        max_positions=whisper.max_source_positions,
    )


def load_whisper_tokens(checkpoint: str, language: str) -> TextTokens:
    """Load the tokens of a Whisper checkpoint, with a prompt for one language.

    Args:
        checkpoint: Hub name or folder.
        language: Code of Whisper's, such as ``uz``.

    Raises:
        TextTokensError: The checkpoint has no tokenizer, or the tokenizer lacks the language.
    """
    try:
        tokenizer = AutoTokenizer.from_pretrained(checkpoint).backend_tokenizer
    except (OSError, ValueError) as error:
        raise TextTokensError(
            f"base_model {checkpoint!r}: no tokenizer for the attention head: {error}"
        ) from error
    prompt = whisper_prompt(
        tokenizer, language, f"base_model {checkpoint!r} (network.attention.prompt_language)"
    )
    return TextTokens(tokenizer, prompt, lead=" ")
