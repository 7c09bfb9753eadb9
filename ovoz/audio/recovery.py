"""Decodes what can be decoded of a damaged recording, and reports what is lost."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np

from ovoz.audio.containers import DECODING_ERRORS, AudioError, open_container, unreadable
from ovoz.audio.damaged_frames import decode_damaged_frames
from ovoz.audio.decode import MAX_BYTES, MAX_DURATION_S, check_size, decode_by_libsndfile
from ovoz.audio.integrity import find_lost_audio
from ovoz.audio.losses import Losses, LossKind
from ovoz.audio.resampling import join, resample
from ovoz.audio.signal import SAMPLE_RATE, Samples, Seconds

MAX_LOST_SHARE: Final = 0.5


def recover(
    source: Path | bytes | BinaryIO,
    *,
    max_duration_s: Seconds = MAX_DURATION_S,
    max_bytes: int = MAX_BYTES,
    max_lost_share: float = MAX_LOST_SHARE,
) -> tuple[Samples, Losses]:
    """As :func:`ovoz.audio.decode.decode`, with silence where something cannot be decoded.

    Returns:
        float32 [T] at 16 kHz in [-1, 1], T > 0, and what of it is lost.

    Raises:
        AudioError: As ``decode``, and ``damaged``: more than ``max_lost_share`` is lost.
        OSError: The file does not exist.
    """
    check_size(source, max_bytes)
    if isinstance(source, Path) and not str(source).isprintable():
        with source.open("rb") as file:
            return recover(
                file,
                max_duration_s=max_duration_s,
                max_bytes=max_bytes,
                max_lost_share=max_lost_share,
            )
    losses = Losses()
    samples = decode_by_libsndfile(source, max_duration_s, losses)
    if samples is None:
        losses = Losses()
        samples = join(_decode(source, max_duration_s, losses))
    _check_losses(source, losses, len(samples) / SAMPLE_RATE, max_lost_share)
    return samples, losses


def recover_stream(
    source: Path | bytes,
    losses: Losses,
    *,
    max_duration_s: Seconds = MAX_DURATION_S,
    max_lost_share: float = MAX_LOST_SHARE,
) -> Iterator[Samples]:
    """As :func:`recover`, in constant memory; ``losses`` is complete behind the last piece.

    Raises:
        AudioError: As ``recover``; that too much is lost is known at the end.
        OSError: The file does not exist.
    """
    check_size(source, max_bytes=sys.maxsize)
    decoded = 0
    for piece in _decode(source, max_duration_s, losses):
        decoded += len(piece)
        yield np.clip(piece, -1.0, 1.0)
    _check_losses(source, losses, decoded / SAMPLE_RATE, max_lost_share)


def _decode(
    source: Path | bytes | BinaryIO, max_duration_s: Seconds, losses: Losses
) -> Iterator[Samples]:
    try:
        with open_container(source) as container:
            yield from resample(decode_damaged_frames(container, losses), max_duration_s, losses)
    except AudioError:
        raise
    except DECODING_ERRORS as error:
        raise unreadable(error) from error


def _check_losses(
    source: Path | bytes | BinaryIO, losses: Losses, decoded_s: Seconds, max_lost_share: float
) -> None:
    if not decoded_s:
        raise (
            AudioError("unreadable", "not readable as audio: nothing of it can be decoded")
            if losses.listed
            else AudioError("empty", "the file holds no audio samples")
        )
    losses.add_end(decoded_s, find_lost_audio(source, decoded_s))
    share = losses.share_of(decoded_s)
    if share > max_lost_share:
        numbers = any(loss.kind is not LossKind.NOT_FINITE for loss in losses.listed)
        raise AudioError(
            "damaged" if numbers else "not_finite",
            f"{share:.0%} of the recording is lost, the limit is {max_lost_share:.0%}:"
            f" {'; '.join(map(str, losses.listed))}",
        )
