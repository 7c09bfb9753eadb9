"""The attention head: Whisper's decoder over the encoder's frames.

Shape suffixes as in :mod:`ovoz.model.network`; N tokens.
"""

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import WhisperConfig
from transformers.cache_utils import DynamicCache, EncoderDecoderCache
from transformers.models.whisper.modeling_whisper import WhisperDecoder

from ovoz.model.text_tokens import TextTokens

PADDING: Final = -100
"""Stands behind the tokens of a row, and is never scored."""

_LABEL_SMOOTHING: Final = 0.1


class AttentionHead(nn.Module):
    """Reads the encoder's frames token by token.

    ``decoder`` is transformers' own module, so its weights carry the names of a Whisper
    checkpoint; the projection to tokens is its embedding, as in Whisper. Only the forward differs:
    Whisper's looks at the padding behind a clip, this one at the true frames alone.

    Args:
        config: Shape of the whole Whisper model, vocabulary included.
    """

    def __init__(self, config: WhisperConfig) -> None:
        super().__init__()
        self.decoder = WhisperDecoder(config)

    def forward(self, hidden_BTD: Tensor, lengths_B: Tensor, tokens_BN: Tensor) -> Tensor:
        """Logits of the token after each of ``tokens_BN``.

        Args:
            hidden_BTD: float32 [B, T, D] encoder frames.
            lengths_B: int64 [B] true frames of each row.
            tokens_BN: int64 [B, N] tokens from the prompt on.

        Returns:
            float32 [B, N, vocabulary].
        """
        return self._step(hidden_BTD, _outside(lengths_B, hidden_BTD), tokens_BN, None)

    def score(self, hidden_1TD: Tensor, tokens_NL: Tensor, prompt: int) -> Tensor:
        """Log-probabilities of whole texts over the same sound, float32 [N], in nats.

        All texts lie behind each other in one row, where none sees another: keys and values of
        the sound, which are most of the cost, are computed once.

        Args:
            hidden_1TD: float32 [1, T, D] encoder frames of one signal.
            tokens_NL: int64 [N, L] prompt, text and end of each, then :data:`PADDING`.
            prompt: Tokens of the prompt, which are given.
        """
        rows, width = tokens_NL.shape
        ids_NL = tokens_NL.clamp(min=0)
        x = self.decoder.embed_tokens(ids_NL) + self.decoder.embed_positions.weight[:width]
        place = torch.arange(rows * width, device=x.device)
        text = place // width
        unseen = (text[:, None] != text[None]) | (place[None] > place[:, None])
        mask = torch.zeros(unseen.shape, dtype=x.dtype, device=x.device)
        mask = mask.masked_fill(unseen, torch.finfo(x.dtype).min)[None, None]
        x = x.reshape(1, rows * width, -1)
        for layer in self.decoder.layers:
            x = layer(x, attention_mask=mask, encoder_hidden_states=hidden_1TD)
        logits = self.decoder.layer_norm(x) @ self.decoder.embed_tokens.weight.T
        said = functional.log_softmax(logits.float(), -1).reshape(rows, width, -1)[:, prompt - 1 :]
        wanted = tokens_NL[:, prompt:]
        found = said[:, :-1].gather(-1, wanted.clamp(min=0)[..., None])[..., 0]
        return (found * (wanted >= 0)).sum(-1)

    @torch.inference_mode()
    def read(self, hidden_BTD: Tensor, lengths_B: Tensor, tokens: TextTokens) -> list[list[int]]:
        """The likeliest token after each other, until the end or ``max_tokens``; without prompt."""
        mask = _outside(lengths_B, hidden_BTD)
        cache = EncoderDecoderCache(DynamicCache(), DynamicCache())
        rows = len(hidden_BTD)
        fresh = torch.tensor([tokens.prompt] * rows, device=hidden_BTD.device)
        said: list[Tensor] = []
        ended = torch.zeros(rows, dtype=torch.bool, device=hidden_BTD.device)
        for _ in range(self.decoder.max_target_positions - len(tokens.prompt) - 1):
            logits = self._step(hidden_BTD, mask, fresh, cache)
            fresh = logits[:, -1].argmax(-1, keepdim=True)
            said.append(fresh)
            ended |= fresh[:, 0] == tokens.end
            if ended.all():
                break
        return [_until(tokens.end, row) for row in torch.cat(said, 1).tolist()]

    def _step(
        self,
        hidden_BTD: Tensor,
        outside_B11T: Tensor,
        tokens_BN: Tensor,
        cache: EncoderDecoderCache | None,
    ) -> Tensor:
        before = cache.get_seq_length() if cache is not None else 0
        width = tokens_BN.shape[1]
        places = self.decoder.embed_positions.weight[before : before + width]
        x = self.decoder.embed_tokens(tokens_BN) + places
        later = torch.full((width, before + width), torch.finfo(x.dtype).min, device=x.device)
        later_11NN = torch.triu(later, diagonal=before + 1)[None, None]
        for layer in self.decoder.layers:
            x = layer(
                x,
                attention_mask=later_11NN,
                encoder_hidden_states=hidden_BTD,
                encoder_attention_mask=outside_B11T,
                past_key_values=cache,
            )
        logits: Tensor = self.decoder.layer_norm(x) @ self.decoder.embed_tokens.weight.T
        return logits.float()


def attention_loss(logits_BNV: Tensor, tokens_BN: Tensor, prompt: int) -> Tensor:
    """Cross entropy in nats per token, with label smoothing (Szegedy et al., 2015).

    Args:
        logits_BNV: Of the tokens after each of ``tokens_BN[:, :-1]``.
        tokens_BN: int64 [B, N], prompt, text, end, then :data:`PADDING`.
        prompt: Tokens of the prompt, which nobody has to guess.
    """
    return functional.cross_entropy(
        logits_BNV[:, prompt - 1 :].flatten(0, 1),
        tokens_BN[:, prompt:].flatten(),
        ignore_index=PADDING,
        label_smoothing=_LABEL_SMOOTHING,
    )


def _outside(lengths_B: Tensor, hidden_BTD: Tensor) -> Tensor:
    """Additive mask [B, 1, 1, T]: nothing behind the true frames is seen."""
    frames = torch.arange(hidden_BTD.shape[1], device=hidden_BTD.device)
    outside = (frames[None] >= lengths_B[:, None])[:, None, None]
    mask = torch.zeros(outside.shape, dtype=hidden_BTD.dtype, device=hidden_BTD.device)
    return mask.masked_fill(outside, torch.finfo(hidden_BTD.dtype).min)


def _until(end: int, ids: list[int]) -> list[int]:
    return ids[: ids.index(end)] if end in ids else ids
