"""Spliced utterances match their text, have one loudness, and come only from training data."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovoz.audio.decode import decode
from ovoz.audio.encode import write_flac
from ovoz.corpus.dataset import Dataset
from ovoz.corpus.manifest import Split
from ovoz.corpus.phrases import AlignedUtterance, TimedWord, crossfade, measure_timbre
from ovoz.corpus.splicing import SpliceConfig, SplicingError, splice
from ovoz.text.language import Language

from ...utterances import make_utterance

RATE = 16_000
PITCH = {"bir": 300, "ikki": 500, "uch": 700, "раз": 1100, "два": 1500, "три": 1900}
"""Every word is a tone, so that the words of a spliced clip can be heard by a machine."""


def tone(word: str, level: float) -> np.ndarray:
    time = np.arange(RATE // 4) / RATE
    return (level * np.sin(2 * np.pi * PITCH[word] * time) * np.hanning(len(time)) ** 0.2).astype(
        np.float32
    )


def said(
    root, name: str, text: str, speaker: str, level: float = 0.3, licence: str = "CC0-1.0"
) -> AlignedUtterance:
    gap = np.zeros(RATE // 10, np.float32)
    pieces, words, at = [gap], [], 0.1
    for word in text.split():
        pieces += [tone(word, level), gap]
        words.append(TimedWord(word, at, at + 0.25))
        at += 0.35
    samples = np.concatenate(pieces)
    write_flac(root / f"{name}.flac", samples)
    row = make_utterance(
        name, text, duration_s=len(samples) / RATE, speaker=speaker, licence=licence,
        split=Split.TRAIN,
    )  # fmt: skip
    return AlignedUtterance(row, tuple(words), score=-0.1)


def heard(samples: np.ndarray) -> list[tuple[str, float]]:
    """The words of a clip and their peaks, from the loudest pitch of every 20 ms."""
    words: list[tuple[str, float]] = []
    for frame in samples[: len(samples) // 320 * 320].reshape(-1, 320):
        peak = float(np.abs(frame).max())
        if peak < 0.02:
            continue
        pitch = 10 * np.abs(np.fft.rfft(frame * np.hanning(320), 1600)).argmax()
        word = min(PITCH, key=lambda one: abs(PITCH[one] - pitch))
        if words and words[-1][0] == word:
            words[-1] = word, max(peak, words[-1][1])
        else:
            words.append((word, peak))
    return words


@pytest.fixture
def aligned(tmp_path) -> list[AlignedUtterance]:
    return [
        said(tmp_path, "uz1", "bir ikki uch", "ali"),
        said(tmp_path, "uz2", "uch bir", "vali"),
        said(tmp_path, "ru1", "раз два три", "ali", level=0.05),
        said(tmp_path, "ru2", "три раз", "ivan", level=0.1),
    ]


def made(aligned, root, **changes):
    config = SpliceConfig(utterances=12, **changes)
    spliced = splice(Dataset.in_folder(root), aligned, root / "spliced", config)
    return spliced.rows(), spliced.root


def test_a_clip_says_its_text(aligned, tmp_path) -> None:
    rows, folder = made(aligned, tmp_path)
    assert len(rows) == 12
    for row in rows:
        samples = decode(folder / row.audio)
        assert [word for word, _ in heard(samples)] == row.text.split()
        assert row.duration_s == pytest.approx(len(samples) / RATE)
        assert row.languages is Language.MIXED
        assert row.split is Split.TRAIN
        assert row.source.startswith("spliced:")


def test_the_phrase_is_as_loud_as_what_is_around_it(aligned, tmp_path) -> None:
    rows, folder = made(aligned, tmp_path)
    for row in rows:
        # The Russian clips were recorded at 0.05 and 0.1, the Uzbek ones at 0.3.
        assert all(0.2 < peak < 0.45 for _, peak in heard(decode(folder / row.audio)))


def test_the_same_seed_gives_the_same_bytes(aligned, tmp_path) -> None:
    rows, _ = made(aligned, tmp_path)
    again, _ = made(aligned, tmp_path)
    other, _ = made(aligned, tmp_path, seed=2)
    assert rows == again
    assert [row.text for row in rows] != [row.text for row in other]


def test_a_speaker_keeps_his_own_voice_where_he_speaks_both(aligned, tmp_path) -> None:
    rows, _ = made(aligned, tmp_path, same_speaker=True)
    assert {row.speaker for row in rows} == {"ali"}
    assert not any("три раз" in row.text for row in rows)


def test_only_training_rows_that_align_well_are_taken(aligned, tmp_path) -> None:
    unsure = [AlignedUtterance(one.utterance, one.words, score=-3.0) for one in aligned]
    tested = [
        AlignedUtterance(
            one.utterance.model_copy(update={"split": Split.TEST}), one.words, one.score
        )
        for one in aligned
    ]
    for useless in (unsure, tested, aligned[:2], aligned[2:]):
        with pytest.raises(SplicingError, match="nothing to splice"):
            made(useless, tmp_path)
    with pytest.raises(SplicingError, match="share speakers"):
        made([aligned[1], aligned[2]], tmp_path, same_speaker=True)
    assert not (tmp_path / "spliced").exists()


def test_licences_of_both_are_carried(tmp_path) -> None:
    both = [
        said(tmp_path, "uz", "bir ikki", "a", licence="CC0-1.0"),
        said(tmp_path, "ru", "раз два", "b", licence="internal"),
    ]
    rows, _ = made(both, tmp_path)
    assert {row.licence for row in rows} == {"CC0-1.0 + internal"}


@given(lengths=st.lists(st.integers(1, 500), min_size=1, max_size=5), overlap=st.integers(0, 200))
def test_a_steady_sound_stays_steady(lengths: list[int], overlap: int) -> None:
    joined = crossfade([np.full(n, 0.5, np.float32) for n in lengths], overlap)
    assert np.allclose(joined, 0.5, atol=1e-6)
    assert max(lengths) <= len(joined) <= sum(lengths)


def test_timbre_knows_a_voice_at_any_level() -> None:
    rng = np.random.default_rng(0)
    bright = np.diff(rng.standard_normal(RATE)).astype(np.float32)
    dark = np.cumsum(rng.standard_normal(RATE)).astype(np.float32) / 100
    near = np.linalg.norm(measure_timbre(bright) - measure_timbre(0.1 * bright))
    assert near < 1 < np.linalg.norm(measure_timbre(bright) - measure_timbre(dark))
