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
"""Fills rows of tokens up to the longest; never scored."""

_LABEL_SMOOTHING: Final = 0.1


class AttentionHead(nn.Module):
    """Writes text from the encoder's frames, token by token.

    ``decoder`` is transformers' module, so its weights have the names of a Whisper checkpoint; as
    in Whisper, its embedding is also the projection to tokens. Only the forward pass differs:
    Whisper's attends to the padding behind a clip, this one only to the true frames.

    Args:
        config: Shape of the Whisper model, vocabulary included.
    """

    def __init__(self, config: WhisperConfig) -> None:
        super().__init__()
        self.decoder = WhisperDecoder(config)

    def forward(self, hidden_BTD: Tensor, lengths_B: Tensor, tokens_BN: Tensor) -> Tensor:
        """Logits of the next token after each of ``tokens_BN``.

        Args:
            hidden_BTD: float32 [B, T, D] encoder frames.
            lengths_B: int64 [B] true frames of each row.
            tokens_BN: int64 [B, N] tokens from the prompt on.

        Returns:
            float32 [B, N, vocabulary].
        """
        return self._step(hidden_BTD, padding_mask(lengths_B, hidden_BTD), tokens_BN, None)

    def score(self, hidden_1TD: Tensor, tokens_NL: Tensor, prompt: int) -> Tensor:
        """Log-probabilities of whole texts for one signal, float32 [N], in nats.

        The texts are concatenated into one row with a mask between them, so that keys and values
        of the sound, which are most of the cost, are computed once.

        Args:
            hidden_1TD: float32 [1, T, D] encoder frames of the signal.
            tokens_NL: int64 [N, L] prompt, text and end of each, then :data:`PADDING`.
            prompt: Number of prompt tokens, which are not scored.
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
        log_probs = functional.log_softmax(logits.float(), -1).reshape(rows, width, -1)
        scored = tokens_NL[:, prompt:]
        ids = scored.clamp(min=0)[..., None]
        scores = log_probs[:, prompt - 1 : -1].gather(-1, ids)[..., 0]
        return (scores * (scored >= 0)).sum(-1)

    @torch.inference_mode()
    def generate(
        self, hidden_BTD: Tensor, lengths_B: Tensor, tokens: TextTokens
    ) -> list[list[int]]:
        """Ids of the likeliest token at each step, up to the end or ``max_tokens``, per row."""
        mask = padding_mask(lengths_B, hidden_BTD)
        cache = EncoderDecoderCache(DynamicCache(), DynamicCache())
        rows = len(hidden_BTD)
        last = torch.tensor([tokens.prompt] * rows, device=hidden_BTD.device)
        generated: list[Tensor] = []
        ended = torch.zeros(rows, dtype=torch.bool, device=hidden_BTD.device)
        for _ in range(self.decoder.max_target_positions - len(tokens.prompt) - 1):
            logits = self._step(hidden_BTD, mask, last, cache)
            last = logits[:, -1].argmax(-1, keepdim=True)
            generated.append(last)
            ended |= last[:, 0] == tokens.end
            if ended.all():
                break
        return [
            row[: row.index(tokens.end)] if tokens.end in row else row
            for row in torch.cat(generated, 1).tolist()
        ]

    def _step(
        self,
        hidden_BTD: Tensor,
        mask_B11T: Tensor,
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
                encoder_attention_mask=mask_B11T,
                past_key_values=cache,
            )
        logits: Tensor = self.decoder.layer_norm(x) @ self.decoder.embed_tokens.weight.T
        return logits.float()


def attention_loss(logits_BNV: Tensor, tokens_BN: Tensor, prompt: int) -> Tensor:
    """Cross entropy in nats per token, with label smoothing (Szegedy et al., 2015).

    Args:
        logits_BNV: Logits of the next token after each of ``tokens_BN[:, :-1]``.
        tokens_BN: int64 [B, N] prompt, text and end, then :data:`PADDING`.
        prompt: Number of prompt tokens, which are not scored.
    """
    return functional.cross_entropy(
        logits_BNV[:, prompt - 1 :].flatten(0, 1),
        tokens_BN[:, prompt:].flatten(),
        ignore_index=PADDING,
        label_smoothing=_LABEL_SMOOTHING,
    )


def padding_mask(lengths_B: Tensor, hidden_BTD: Tensor) -> Tensor:
    """Additive attention mask [B, 1, 1, T] that hides what lies behind ``lengths_B`` frames."""
    frames = torch.arange(hidden_BTD.shape[1], device=hidden_BTD.device)
    outside = (frames[None] >= lengths_B[:, None])[:, None, None]
    mask = torch.zeros(outside.shape, dtype=hidden_BTD.dtype, device=hidden_BTD.device)
    return mask.masked_fill(outside, torch.finfo(hidden_BTD.dtype).min)
