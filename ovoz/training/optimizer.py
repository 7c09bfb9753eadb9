"""Parameter groups of the optimizer: layer-wise learning rates and weight decay."""

import re
from collections.abc import Collection
from typing import TYPE_CHECKING, Any, Final

from ovoz.model.network import SpeechNetwork

if TYPE_CHECKING:
    from torch import Tensor

_LAYER: Final = re.compile(r"^(?:encoder\.layers|adapters)\.(\d+)\.")


def group_parameters(
    network: SpeechNetwork,
    decaying: Collection[str],
    learning_rate: float,
    weight_decay: float,
    layer_decay: float,
    head_rate: float = 1.0,
) -> list[dict[str, Any]]:
    """Group the trainable parameters as torch's optimizers take them.

    The CTC head learns at ``learning_rate * head_rate``, an attention head at ``learning_rate``,
    the n-th encoder layer from the top at ``learning_rate * layer_decay ** n`` and the convolutions
    slowest (layer-wise decay as in Clark et al., ELECTRA, 2020).

    Args:
        network: The network to train.
        decaying: Names of the parameters with weight decay; usually not biases and norms.
        learning_rate: Peak learning rate of the topmost weights.
        weight_decay: AdamW's decay.
        layer_decay: Factor from one layer to the one below, in (0, 1].
        head_rate: Factor of the CTC head.
    """
    groups: dict[tuple[bool, float], list[Tensor]] = {(True, 1.0): [], (False, 1.0): []}
    for name, parameter in network.named_parameters():
        if parameter.requires_grad:
            depth = _count_layers_above(name, network.config.layers)
            factor = head_rate if name.startswith("head.") else layer_decay**depth
            groups.setdefault((name in decaying, factor), []).append(parameter)
    return [
        {
            "params": parameters,
            "lr": learning_rate * factor,
            "weight_decay": weight_decay if decays else 0.0,
        }
        for (decays, factor), parameters in groups.items()
    ]


def _count_layers_above(name: str, layers: int) -> int:
    """Layers between a parameter and the heads."""
    layer = _LAYER.match(name)
    if layer:
        return layers - int(layer[1])
    return layers + 1 if name.startswith("encoder.") and "layer_norm" not in name else 0
