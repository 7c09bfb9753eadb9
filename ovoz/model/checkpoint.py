"""Checkpoints: folders with the shape, the tokenizers and the weights of a network."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from ovoz.files import atomic_folder
from ovoz.model.checkpoint_folder import CONFIG_FILE
from ovoz.model.config import NetworkConfig
from ovoz.model.network import SpeechNetwork
from ovoz.model.text_tokens import TextTokens, TextTokensError
from ovoz.model.tokenizer import CharTokenizer, TokenizerError
from ovoz.validation_message import describe_validation

TOKENIZER_FILE: Final = "tokenizer.json"
TOKENS_FILE: Final = "tokens.json"
WEIGHTS_FILE: Final = "model.safetensors"


class CheckpointError(ValueError):
    """A folder without a usable checkpoint; the message names the file and what is wrong."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A network with the tokenizer of its CTC head and the tokens of its attention head, if any."""

    network: SpeechNetwork
    tokenizer: CharTokenizer
    tokens: TextTokens | None = None

    @property
    def prompt(self) -> int:
        """Number of prompt tokens of the attention head."""
        return len(self.tokens.prompt) if self.tokens is not None else 0


def save_checkpoint(checkpoint: Checkpoint, folder: Path) -> Path:
    """Write a checkpoint, complete or not at all; an older one in ``folder`` is replaced."""
    network = checkpoint.network
    weights = {name: weight.contiguous() for name, weight in network.state_dict().items()}
    with atomic_folder(folder) as unfinished:
        config = network.config.model_dump_json(indent=1)
        (unfinished / CONFIG_FILE).write_text(config, encoding="utf-8")
        checkpoint.tokenizer.save(unfinished / TOKENIZER_FILE)
        if checkpoint.tokens is not None:
            checkpoint.tokens.save(unfinished / TOKENS_FILE)
        save_file(weights, unfinished / WEIGHTS_FILE, metadata={"format": "pt"})
    return folder


def load_checkpoint(folder: Path) -> Checkpoint:
    """Load a checkpoint of :func:`save_checkpoint` on the CPU, in evaluation mode.

    Raises:
        CheckpointError: A file is missing or damaged, or the weights do not fit the shape.
    """
    config = _read_config(folder / CONFIG_FILE)
    try:
        tokenizer = CharTokenizer.load(folder / TOKENIZER_FILE)
        tokens = TextTokens.load(folder / TOKENS_FILE) if config.has_attention else None
    except (TokenizerError, TextTokensError) as error:
        raise CheckpointError(str(error)) from error
    network = SpeechNetwork(config, tokenizer.size)
    path = folder / WEIGHTS_FILE
    try:
        network.load_state_dict(load_file(path))
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{path}: not a readable weights file: {error}") from error
    except RuntimeError as error:
        raise CheckpointError(f"{path}: does not fit {folder / CONFIG_FILE}: {error}") from error
    return Checkpoint(network.eval(), tokenizer, tokens)


def _read_config(path: Path) -> NetworkConfig:
    try:
        return NetworkConfig.model_validate_json(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CheckpointError(f"{path}: no checkpoint here: {error}") from error
    except ValidationError as error:
        raise CheckpointError(
            f"{path}: not a network configuration: {describe_validation(error)}"
        ) from error
