"""Clustering of embeddings: the number given, bounded and found."""

import numpy as np
import pytest

from ovoz.speakers.clustering import cluster
from ovoz.speakers.config import DiarizationConfig, SpeakerCount
from ovoz.speakers.encoder import normalize

CONFIG = DiarizationConfig()


def voices(*order: int, each=10, spread=0.05, seed=0):
    """Embeddings around directions 0, 1, 2 …, ``each`` for every element of ``order``."""
    rng = np.random.default_rng(seed)
    centres = normalize(np.eye(8, 32, dtype=np.float32) + 0.3)
    rows = centres[np.repeat(order, each)]
    return normalize(rows + spread * rng.standard_normal(rows.shape).astype(np.float32))


@pytest.mark.parametrize("number", [2, 3, 4, 5])
def test_the_number_is_found_and_the_first_to_speak_is_the_first(number):
    order = [*reversed(range(number)), *range(number)]
    labels = cluster(voices(*order), SpeakerCount(), CONFIG)
    heard = [number - 1 - one for one in order]
    assert labels.tolist() == np.repeat(heard, 10).tolist()


def test_one_voice_is_one_speaker_unless_two_are_asked_for():
    embeddings = voices(0, 0, 0)
    assert set(cluster(embeddings, SpeakerCount(), CONFIG)) == {0}
    assert set(cluster(embeddings, SpeakerCount(least=2, most=4), CONFIG)) > {0}
    assert set(cluster(embeddings, SpeakerCount.parse("1"), CONFIG)) == {0}


def test_a_given_number_and_bounds_are_kept():
    embeddings = voices(0, 1, 2, 3)
    assert set(cluster(embeddings, SpeakerCount.parse("2"), CONFIG)) == {0, 1}
    assert set(cluster(embeddings, SpeakerCount.parse("5"), CONFIG)) == set(range(5))
    assert set(cluster(embeddings, SpeakerCount.parse("2-3"), CONFIG)) <= {0, 1, 2}


@pytest.mark.parametrize("number", [0, 1, 2, 3])
def test_few_embeddings_have_as_many_speakers_at_most(number):
    embeddings = voices(0, 1, 2, each=1)[:number]
    for count in ("auto", "1", "2", "5", "3-6"):
        labels = cluster(embeddings, SpeakerCount.parse(count), CONFIG)
        assert labels.shape == (number,)
        assert set(labels) == set(range(len(set(labels))))


def test_silence_between_voices_does_not_stop_it():
    embeddings = voices(0, 1)
    embeddings[3] = 0  # what an encoder makes of nothing
    labels = cluster(embeddings, SpeakerCount.parse("2"), CONFIG)
    assert set(labels[:3]) == {0}
    assert set(labels[10:]) == {1}


def test_a_long_recording_is_clustered_by_a_part_of_it():
    embeddings = voices(*[0, 1, 2] * 20, each=200)
    part = cluster(embeddings, SpeakerCount(), DiarizationConfig(clustered=300))
    assert part.tolist() == np.repeat([0, 1, 2] * 20, 200).tolist()


@pytest.mark.parametrize(
    "text", ["", "0", "21", "3-2", "two", "-1", "2-", "1.5", "999999999999", "²"]
)
def test_a_count_that_is_none_is_refused(text):
    with pytest.raises(ValueError, match="speakers: "):
        SpeakerCount.parse(text)


def test_counts_are_read():
    assert SpeakerCount.parse(" AUTO ") == SpeakerCount(least=1, most=8)
    assert SpeakerCount.parse("3") == SpeakerCount(least=3, most=3)
    assert SpeakerCount.parse("2-4") == SpeakerCount(least=2, most=4)
