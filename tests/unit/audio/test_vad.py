"""Voice activity detection: speech is found, silence gives none, torch is not imported."""

import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ovoz.audio.decode import decode
from ovoz.audio.vad import FRAME, VadConfig, compute_speech_probabilities, detect_speech

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data" / "audio"


@pytest.mark.parametrize("length", [0, 1, FRAME, 16_000, 600 * FRAME + 7])
def test_silence_has_no_speech(length: int) -> None:
    silence = np.zeros(length, np.float32)
    assert detect_speech(silence) == []
    assert len(compute_speech_probabilities(silence)) == -(-length // FRAME)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**16), st.integers(1, 40_000), st.floats(0.001, 1))
def test_segments_are_ordered_disjoint_and_inside(seed: int, length: int, level: float) -> None:
    rng = np.random.default_rng(seed)
    sound = (level * rng.uniform(-1, 1, length)).astype(np.float32)
    loose = VadConfig(threshold=0.02, release=0.01, min_speech_s=0.0, min_silence_s=0.0, pad_s=0.2)
    found = detect_speech(sound, loose)
    assert all(0 <= one.start_s < one.end_s <= length / 16_000 for one in found)
    assert all(one.end_s <= after.start_s for one, after in pairwise(found))


@pytest.mark.skipif(not SHARED.exists(), reason="the shared recordings are not beside the checkout")
def test_real_speech_between_silences() -> None:
    speech = decode(SHARED / "ru_pisets_test_sound_ru.wav")
    still = np.zeros(16_000, np.float32)
    found = detect_speech(np.concatenate([still, speech, still, still]))
    assert 1.0 < found[0].start_s < 1.8
    assert 3.0 < found[-1].end_s < 4.3
    assert sum(one.end_s - one.start_s for one in found) > 1.5


def test_torch_is_not_loaded() -> None:
    program = (
        "import sys, numpy; from ovoz.audio.vad import detect_speech;"
        "detect_speech(numpy.zeros(9000, 'f4')); sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
