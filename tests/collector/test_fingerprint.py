"""The same recording is found again; another reading of the same text is another recording."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from collector.recording.copies import _with_neighbours
from collector.recording.fingerprint import (
    MAX_BIT_ERRORS,
    compute_fingerprint,
    measure_bit_errors,
)
from ovoz.audio.decode import decode

from .conftest import SENTENCES, encode


def test_copies_are_alike_and_others_are_not(spoken) -> None:
    prints = {
        (text, voice): compute_fingerprint(spoken(text, voice))
        for text in SENTENCES[:2]
        for voice in range(2)
    }
    for key, fingerprint in prints.items():
        samples = spoken(*key)
        for copy in (samples, samples[5000:] * 0.5, samples[:-9000]):
            found = compute_fingerprint(decode(encode(copy)))
            assert measure_bit_errors(fingerprint, found) < MAX_BIT_ERRORS
            assert set(_with_neighbours(found)) & set(fingerprint.tolist())
        for other, others in prints.items():
            if other != key:
                assert measure_bit_errors(fingerprint, others) > MAX_BIT_ERRORS


@given(st.integers(0, 30_000), st.floats(0, 1))
def test_any_signal_has_a_fingerprint(length: int, level: float) -> None:
    samples = (level * np.random.default_rng(length).standard_normal(length)).astype(np.float32)
    fingerprint = compute_fingerprint(samples)
    assert fingerprint.dtype == np.uint32
    errors = measure_bit_errors(fingerprint, fingerprint)
    assert errors in (0.0, 1.0)  # 1: too short or too silent to compare
    assert np.all(compute_fingerprint(np.zeros(length, np.float32)) == 0)
