"""The systems that an evaluation compares: their names, and how they are loaded."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ovoz.decoding.config import DecoderConfig
from ovoz.engine.artifact.storage import read_description
from ovoz.engine.load import load_engine
from ovoz.engine.precision import Device
from ovoz.engine.transcript import SupportsTranscribe
from ovoz.text.pack import LanguagePack

GREEDY: Final = "greedy"
"""The best path, which is scored beside the served decoder."""

SERVED: Final = "served"
"""The system under judgement, with the decoder that it is served with."""

PRODUCTION: Final = "production"
"""What is served today."""

BEST: Final = "best"
"""The best version that was in production before; none where production is as good."""


def load_trained_systems(
    checkpoint: Path, decoder: DecoderConfig, lexicon: Sequence[str], pack: LanguagePack
) -> dict[str, SupportsTranscribe]:
    """The trained network in fp32, read by its best path and by ``decoder``; needs torch."""
    from ovoz.engine.checkpoint_engine import load_trained_engine
    from ovoz.model.checkpoint import load_checkpoint

    has_ctc = load_checkpoint(checkpoint).network.config.has_ctc
    greedy, label = DecoderConfig.best_path(ctc=has_ctc), pack.transcript_languages
    return {
        GREEDY: load_trained_engine(checkpoint, greedy, label=label),
        SERVED: load_trained_engine(checkpoint, decoder, lexicon, label),
    }


def load_artifact_systems(
    artifact: Path, device: Device | None = None
) -> dict[str, SupportsTranscribe]:
    """An artifact, read by its best path and by the decoder that it is served with.

    Raises:
        ArtifactError: The artifact is missing or damaged.
        ValueError: The device cannot be had here.
    """
    greedy = DecoderConfig.best_path(ctc=read_description(artifact, verify=False).has_ctc)
    return {
        GREEDY: load_engine(artifact, decoder=greedy, device=device),
        SERVED: load_engine(artifact, device=device),
    }
