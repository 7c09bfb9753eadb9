"""Pieces of audio of any rate, resampled to 16 kHz and joined."""

from collections.abc import Iterable, Iterator

import numpy as np
import soxr

from ovoz.audio.containers import AudioError
from ovoz.audio.losses import Losses, LossKind
from ovoz.audio.signal import SAMPLE_RATE, Samples, Seconds


def resample(
    pieces: Iterable[tuple[Samples, int]], max_duration_s: Seconds, losses: Losses | None = None
) -> Iterator[Samples]:
    """Resample pieces, each with its rate, to 16 kHz.

    Args:
        pieces: float32 [T] and their samples per second.
        max_duration_s: Longest audio accepted.
        losses: Where samples that are not finite are reported, and silenced; without it they are
            refused.

    Raises:
        AudioError: The audio is too long, or holds samples that are not finite.
    """
    resampler: soxr.ResampleStream | None = None
    resampled_rate = SAMPLE_RATE
    decoded_s = 0.0
    for piece, rate in pieces:
        if decoded_s + len(piece) / rate > max_duration_s:
            raise AudioError(
                "too_long", f"the audio is longer than the limit of {max_duration_s:g} s"
            )
        finite = _checked(piece, rate, decoded_s, losses)
        decoded_s += len(piece) / rate
        if rate != resampled_rate:
            yield from _rest(resampler)
            resampled_rate = rate
            resampler = _resampler(rate)
        if resampler is None:
            yield finite
        else:
            # Large finite values would overflow in the filter.
            yield resampler.resample_chunk(np.clip(finite, -1.0, 1.0))
    yield from _rest(resampler)


def join(pieces: Iterator[Samples]) -> Samples:
    """Join pieces into one array, which grows in place so that the audio is in memory once."""
    joined = bytearray()
    for piece in pieces:
        joined += piece.data
    samples = np.frombuffer(joined, dtype=np.float32)
    return np.clip(samples, -1.0, 1.0, out=samples)


def _resampler(rate: int) -> soxr.ResampleStream | None:
    if rate == SAMPLE_RATE:
        return None
    return soxr.ResampleStream(rate, SAMPLE_RATE, 1, dtype="float32", quality="HQ")


def _rest(resampler: soxr.ResampleStream | None) -> Iterator[Samples]:
    if resampler is not None:
        yield resampler.resample_chunk(np.zeros(0, dtype=np.float32), last=True)


def _checked(piece: Samples, rate: int, start_s: Seconds, losses: Losses | None) -> Samples:
    finite = np.isfinite(piece)
    if finite.all():
        return piece
    if losses is None:
        raise AudioError("not_finite", "the audio holds samples that are not numbers")
    losses.add(LossKind.NOT_FINITE, start_s, float(np.count_nonzero(~finite)) / rate)
    return np.where(finite, piece, np.float32(0))
