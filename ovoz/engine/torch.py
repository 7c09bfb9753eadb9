"""The CTC engine on torch: a training checkpoint, as it was trained."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from ovoz.audio.signal import Seconds
from ovoz.decoding.config import DecoderConfig
from ovoz.decoding.factory import build_decoder
from ovoz.engine.ctc import DEFAULT_WINDOW_S, CtcEngine
from ovoz.model.checkpoint import Checkpoint, load_checkpoint
from ovoz.text.language import Language, word_language


class TorchEngine(CtcEngine):
    """Runs a checkpoint in fp32.

    Args:
        checkpoint: a checkpoint, or the folder of one.
        decoder: which decoder; greedy by default.
        lexicon: words of the lexicon search.
        model_version: written into every transcript; the folder's name by default.
        window_s: longest audio the network reads at once.
        device: torch's name of the device.
        label: the language pack's language of a word.

    Raises:
        CheckpointError: the folder holds no usable checkpoint.
        ValueError: the lexicon does not fit the tokenizer.
    """

    def __init__(
        self,
        checkpoint: Checkpoint | Path,
        *,
        decoder: DecoderConfig | None = None,
        lexicon: Sequence[str] = (),
        model_version: str | None = None,
        window_s: Seconds = DEFAULT_WINDOW_S,
        device: str = "cpu",
        label: Callable[[str], Language] = word_language,
    ) -> None:
        name = checkpoint.name if isinstance(checkpoint, Path) else "torch"
        loaded = load_checkpoint(checkpoint) if isinstance(checkpoint, Path) else checkpoint
        config = loaded.network.config
        self._device = torch.device(device)
        self._network = loaded.network.eval().to(self._device)
        super().__init__(
            features=config.features,
            frame_s=config.frame_s,
            window_s=min(window_s, config.max_positions * config.frame_s),
            classes=loaded.tokenizer.size,
            decoder=build_decoder(decoder or DecoderConfig(), loaded.tokenizer.symbols, lexicon),
            model_version=model_version or name,
            label=label,
        )

    @torch.inference_mode()
    def _encode(
        self, features: npt.NDArray[np.float32], lengths: npt.NDArray[np.int64]
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
        log_probs, out_lengths = self._network(
            torch.from_numpy(features).to(self._device), torch.from_numpy(lengths).to(self._device)
        )
        return log_probs.float().cpu().numpy(), out_lengths.cpu().numpy()
