"""Ratios of counts, for numbers and for arrays of them, with one rule for what is undefined.

Rule: a ratio whose denominator is zero is NaN here, and absent from the figures. It is never
silently 0 or 1.
"""

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.float64]


def ratio(numerator: Counts, denominator: Counts) -> Counts:
    """``numerator / denominator``, NaN where the denominator is zero."""
    numerator, denominator = np.asarray(numerator, float), np.asarray(denominator, float)
    quotient = np.full(np.broadcast_shapes(numerator.shape, denominator.shape), np.nan)
    np.divide(numerator, denominator, out=quotient, where=denominator != 0)
    return quotient


def word_error_rate(errors: Counts, reference_words: Counts) -> Counts:
    """WER = (S + D + I) / N, N the reference words; at least 0, may exceed 1.

    The same formula over characters is CER. Source: NIST scoring toolkit (sclite), ``WER``;
    Levenshtein alignment with unit costs as jiwer does it.
    """
    return ratio(errors, reference_words)


def match_error_rate(errors: Counts, hits: Counts) -> Counts:
    """MER = (S + D + I) / (H + S + D + I), in [0, 1].

    Source: Morris, Maier & Green, "From WER and RIL to MER and WIL" (Interspeech 2004).
    """
    return ratio(errors, np.asarray(errors) + np.asarray(hits))


def precision(matched: Counts, found: Counts, expected: Counts) -> Counts:
    """P = TP / found; NaN where nothing was found, or nothing was there to find."""
    return ratio(matched, np.where(np.asarray(expected) > 0, found, 0.0))


def recall(matched: Counts, expected: Counts) -> Counts:
    """R = TP / expected; NaN where nothing was there to find."""
    return ratio(matched, expected)


def f1(matched: Counts, found: Counts, expected: Counts) -> Counts:
    """F1 = 2 TP / (found + expected); NaN where nothing was there to find.

    Source: van Rijsbergen, "Information Retrieval" (1979). This form equals 2PR / (P + R) and is
    0, not undefined, where something was expected and nothing was found.
    """
    doubled = np.asarray(found, float) + np.asarray(expected, float)
    return ratio(2 * np.asarray(matched, float), np.where(np.asarray(expected) > 0, doubled, 0.0))
