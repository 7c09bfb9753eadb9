"""Adapters: a few weights that learn a dialect or a domain while the base keeps what it knows."""

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

    The way up starts at zero, so that a new adapter changes nothing.

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


def bottlenecks(config: BottleneckConfig, width: int, layers: int) -> nn.ModuleList:
    """One bottleneck for each encoder layer."""
    return nn.ModuleList(Bottleneck(width, config.dim) for _ in range(layers))


def inject_lora(part: nn.Module, config: LoraConfig) -> None:
    """Give an encoder's or decoder's target projections low-rank updates (Hu et al., 2021).

    Raises:
        ValueError: It has no module of one of the ``targets``.
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
    """Add the low-rank updates to the weights they update, and remove them, in place."""
    for name, module in list(part.named_modules()):
        if isinstance(module, LoraLayer):
            module.merge()
            parent, _, child = name.rpartition(".")
            setattr(part.get_submodule(parent), child, module.get_base_layer())


def freeze_but_adapters(part: nn.Module) -> None:
    """Let only the low-rank updates inside an encoder or decoder learn."""
    for name, parameter in part.named_parameters():
        parameter.requires_grad = is_adapter(name)


def is_adapter(parameter: str) -> bool:
    """Whether a parameter of that name belongs to an adapter."""
    return parameter.startswith("adapters.") or ".lora_" in parameter
