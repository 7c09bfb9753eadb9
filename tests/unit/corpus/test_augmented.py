"""The noisy copy of a split."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovoz.audio.augment import AugmentConfig, Noise
from ovoz.corpus.augmented import _OtherVoices, write_noisy_copy
from ovoz.corpus.dataset import Dataset
from ovoz.corpus.manifest import Condition

LOUD = AugmentConfig(noise_share=1.0, snr_db=(0.0, 5.0))


def test_copy_is_noisier_and_its_own(corpus, tmp_path) -> None:
    manifest, rows = corpus
    dataset = Dataset.in_folder(manifest.parent)
    copies = write_noisy_copy(dataset, rows, tmp_path / "noisy", LOUD, 1).rows()
    for row, copy in zip(rows, copies, strict=True):
        audio = (tmp_path / "noisy" / copy.audio).read_bytes()
        assert copy.condition is Condition.NOISY
        assert (copy.text, copy.speaker, copy.split) == (row.text, row.speaker, row.split)
        assert copy.id != row.id
        assert copy.sha256 == hashlib.sha256(audio).hexdigest() != row.sha256


def test_same_seed_same_bytes(corpus, tmp_path) -> None:
    manifest, rows = corpus
    dataset = Dataset.in_folder(manifest.parent)
    one, two, other = (
        write_noisy_copy(dataset, rows, tmp_path / name, LOUD, seed).manifest.read_bytes()
        for name, seed in (("one", 1), ("two", 1), ("other", 2))
    )
    assert one == two != other


def test_what_a_killed_run_left_is_removed(corpus, tmp_path) -> None:
    manifest, rows = corpus
    (tmp_path / ".noisy.1.tmp" / "audio").mkdir(parents=True)
    write_noisy_copy(Dataset.in_folder(manifest.parent), rows[:1], tmp_path / "noisy", LOUD, 1)
    assert {path.name for path in tmp_path.iterdir()} == {"corpus", "noisy"}


def test_failure_leaves_nothing(corpus, tmp_path) -> None:
    manifest, rows = corpus
    missing = [*rows, rows[0].model_copy(update={"audio": "audio/none.flac"})]
    with pytest.raises(OSError, match="none"):
        write_noisy_copy(Dataset.in_folder(manifest.parent), missing, tmp_path / "noisy", LOUD, 1)
    assert not list(tmp_path.glob("*noisy*"))


def test_babble_is_made_of_the_others(corpus, tmp_path) -> None:
    manifest, rows = corpus
    babble = AugmentConfig(noise_share=1.0, noises=(Noise.BABBLE,), snr_db=(0.0, 0.0))
    dataset = Dataset.in_folder(manifest.parent)
    among = write_noisy_copy(dataset, rows, tmp_path / "among", babble, 1).rows()
    alone = write_noisy_copy(dataset, rows[:1], tmp_path / "alone", babble, 1).rows()
    assert among[0].sha256 != alone[0].sha256


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=12), st.sampled_from("abc"))
def test_babble_has_every_other_speaker_in_order(speakers, one) -> None:
    class Named:
        def samples(self, row: str) -> str:
            return row

    rows = [f"{who}{number}" for number, who in enumerate(speakers)]
    own = [number for number, who in enumerate(speakers) if who == one]
    others = _OtherVoices(Named(), rows, own)
    expected = [row for row in rows if row[0] != one]
    assert [others[place] for place in range(len(others))] == expected
