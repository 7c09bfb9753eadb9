"""Adapters: a few trainable weights, bottlenecks or LoRA, on a frozen network."""

from typing import Final

import torch
from peft import LoraConfig as PeftLora
from peft import inject_adapter_in_model
from peft.tuners.lora import LoraLayer
from torch import Tensor, nn

from ovoz.model.config import BottleneckConfig, LoraConfig

_LORA_NAME: Final = "default"


class Bottleneck(nn.Module):
    """A residual bottleneck behind an encoder layer (Houlsby et al., 2019; Pfeiffer's placement).

    The up-projection starts at zero, so that a new adapter changes no result.

    Args:
        width: Width of the encoder, D.
        dim: Width of the bottleneck.
    """

    def __init__(self, width: int, dim: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.down = nn.Linear(width, dim)
        self.up = nn.Linear(dim, width)
        nn.init.zeros_(self.up.weight)
        nn.init.zeros_(self.up.bias)

    def forward(self, hidden: Tensor) -> Tensor:
        """Adapted hidden states, float32 [B, T, D]."""
        adapted: Tensor = self.up(nn.functional.gelu(self.down(self.norm(hidden))))
        return hidden + adapted


def make_bottlenecks(config: BottleneckConfig, width: int, layers: int) -> nn.ModuleList:
    """One bottleneck per encoder layer."""
    return nn.ModuleList(Bottleneck(width, config.dim) for _ in range(layers))


def inject_lora(part: nn.Module, config: LoraConfig) -> None:
    """Add low-rank updates to the target projections of an encoder or decoder (Hu et al., 2021).

    Raises:
        ValueError: ``part`` has no module with the name of a target.
    """
    inject_adapter_in_model(
        PeftLora(
            r=config.rank,
            lora_alpha=config.alpha,
            lora_dropout=config.dropout,
            target_modules=list(config.targets),
        ),
        part,
        adapter_name=_LORA_NAME,
    )


@torch.no_grad()
def merge_lora(part: nn.Module) -> None:
    """Add the low-rank updates to the weights they update, in place, and remove them."""
    for name, module in list(part.named_modules()):
        if isinstance(module, LoraLayer):
            module.merge()
            parent, _, child = name.rpartition(".")
            setattr(part.get_submodule(parent), child, module.get_base_layer())


def freeze_except_adapters(part: nn.Module) -> None:
    """Freeze an encoder or decoder except for its low-rank updates."""
    for name, parameter in part.named_parameters():
        parameter.requires_grad = is_adapter_parameter(name)


def is_adapter_parameter(name: str) -> bool:
    """Whether the parameter ``name`` belongs to an adapter."""
    return name.startswith("adapters.") or ".lora_" in name
