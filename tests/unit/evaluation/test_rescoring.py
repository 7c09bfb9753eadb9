"""The weight of the attention head is chosen on scores of both heads, computed once."""

import pytest

from ovoz.decoding.hypothesis import DecodedHypothesis, DecodedWord
from ovoz.decoding.rescoring import RescoredHypothesis
from ovoz.evaluation.rescoring import choose_weight, score_weights


def rescored(text: str, ctc: float, attention: float) -> RescoredHypothesis:
    words = tuple(DecodedWord(word, 0, 1, 1.0, 1.0) for word in text.split())
    return RescoredHypothesis(DecodedHypothesis(words, score=ctc), attention)


CLIPS = [
    # The search is wrong, and the other head knows better by 10 nats.
    ("katta bozor", [[rescored("kata bozor", -1, -15), rescored("katta bozor", -4, -5)]]),
    # The search is right by 4 nats, and the other head prefers the wrong one by 5.
    ("да", [[rescored("да", -1, -9), rescored("дом", -5, -4)]]),
    # Of two pieces, one is silent.
    ("salom", [[rescored("salom", -1, -1)], [rescored("", -1, -1)]]),
]


def test_the_weight_between_both_mistakes_is_found():
    scores = {one.weight: one.wer for one in score_weights(CLIPS, (0.0, 0.2, 0.5, 2.0))}
    assert scores == {0.0: 0.25, 0.2: 0.25, 0.5: 0.0, 2.0: 0.25}
    best = choose_weight(score_weights(CLIPS))
    assert (best.weight, best.wer, best.cer) == (0.5, 0.0, 0.0)


def test_of_equal_weights_the_least_is_taken():
    assert choose_weight(score_weights(CLIPS[2:])).weight == 0.0


def test_no_clips_no_weight():
    with pytest.raises(ValueError, match="no clip"):
        score_weights([])
