"""ONNX files of a network in torch, in fp32."""

import warnings
from pathlib import Path
from typing import Final

import onnx
import torch
from torch import Tensor, nn

from ovoz.engine.export.quantization import quiet
from ovoz.model.attention import AttentionHead
from ovoz.model.network import SpeechNetwork

_EMBEDDED_BYTES: Final = 1 << 30
"""Largest size of weights inside an ONNX file; protobuf allows 2 GiB at most."""


def export_encoder(network: SpeechNetwork, path: Path, *, frames: bool = False) -> None:
    """Write the encoder and its CTC head as one ONNX file with free batch size and length.

    With ``frames``, the encoder's hidden frames are a third output: ``hidden``, float32 [B, T, D].

    Raises:
        ValueError: The weights are too large for one file.
    """
    parts = (network.encoder, network.head, network.adapters)
    _check_size([part for part in parts if part is not None])
    length = min(200, network.config.max_frames)
    features = torch.zeros(2, network.config.n_mels, length)
    lengths = torch.tensor([length, length // 2])
    batch, time = torch.export.Dim("batch"), torch.export.Dim("time")
    names = ["log_probs", "out_lengths", *(["hidden"] if frames else [])]
    model = _WithFrames(network) if frames else network
    _export(
        model, (features, lengths), path, ["features", "lengths"], names,
        ({0: batch, 2: time}, {0: batch}),
    )  # fmt: skip


def export_signal_network(network: nn.Module, path: Path, samples: int) -> None:
    """Write a network of one signal, ``features`` [1, 1, T], and its ``lengths`` as one ONNX file.

    Raises:
        ValueError: The weights are too large for one file.
    """
    _check_size([network])
    features, lengths = torch.zeros(1, 1, samples), torch.tensor([samples])
    time = torch.export.Dim("time", min=samples // 16)
    _export(
        network, (features, lengths), path, ["features", "lengths"], ["log_probs", "out_lengths"],
        ({2: time}, {}),
    )  # fmt: skip


def export_rescorer(head: AttentionHead, prompt: int, path: Path) -> None:
    """Write the scorer of texts: ``hidden`` [1, T, D] and ``tokens`` [N, L] to ``scores`` [N].

    Raises:
        ValueError: The weights are too large for one file.
    """
    _check_size([head])
    hidden = torch.zeros(1, 40, head.decoder.config.d_model)
    tokens = torch.full((3, prompt + 4), 1)
    time, texts = torch.export.Dim("frames"), torch.export.Dim("texts")
    longest = torch.export.Dim("longest", min=prompt + 1, max=head.decoder.max_target_positions)
    _export(
        _Scorer(head, prompt), (hidden, tokens), path, ["hidden", "tokens"], ["scores"],
        ({1: time}, {0: texts, 1: longest}),
    )  # fmt: skip


class _WithFrames(nn.Module):
    """The network with its hidden frames as a third output."""

    def __init__(self, network: SpeechNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, features: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        hidden, out_lengths = self.network.encode(features, lengths)
        return self.network.ctc_log_probs(hidden), out_lengths, hidden


class _Scorer(nn.Module):
    """The attention head as a scorer of whole texts."""

    def __init__(self, head: AttentionHead, prompt: int) -> None:
        super().__init__()
        self.head = head
        self.prompt = prompt

    def forward(self, hidden: Tensor, tokens: Tensor) -> Tensor:
        return self.head.score(hidden, tokens, self.prompt)


def _check_size(parts: list[nn.Module]) -> None:
    weights = [weight for part in parts for weight in part.parameters()]
    size = sum(weight.numel() * weight.element_size() for weight in weights)
    if size > _EMBEDDED_BYTES:
        raise ValueError(f"{size} bytes of weights do not fit one ONNX file; quantize first")


def _export(
    model: nn.Module,
    example: tuple[Tensor, ...],
    path: Path,
    inputs: list[str],
    outputs: list[str],
    free: tuple[dict[int, torch.export.Dim], ...],
) -> None:
    with warnings.catch_warnings(), quiet("torch.onnx", "onnxscript"):
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model.eval(),
            example,
            str(path),
            dynamo=True,
            external_data=False,
            input_names=inputs,
            output_names=outputs,
            dynamic_shapes=free,
            verbose=False,
        )
    _strip_traces(path)


def _strip_traces(path: Path) -> None:
    """Remove the source lines and scopes that torch records for every node.

    They hold the paths of the machine that exports: the same weights would make another file in
    another folder, and the served model would name its maker's home.
    """
    model = onnx.load(path)
    for part in (*model.graph.node, *model.graph.value_info, *model.graph.initializer):
        part.ClearField("metadata_props")
        part.ClearField("doc_string")
    onnx.save(model, path)
