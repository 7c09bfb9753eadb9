"""The evidence about a canary: few false alarms, an answer in time, one for all processes."""

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovoz.canary.evidence import Evidence, decide
from ovoz.canary.outcomes import Measure, count_words, show_margin, show_mean
from ovoz.canary.pairs import Pairs
from ovoz.canary.policy import CanaryPolicy, Decision
from ovoz.canary.wealth import bet_above, bet_below, log_evidence

FAILED = Measure.FAILED


def policy_with(**changed: object) -> CanaryPolicy:
    told = {
        "alias": "canary", "against": "production", "alpha": 0.05, "share": 0.25,
        "margins": {"failed": 0.02}, "promotes": ["failed"], "rolls_back": ["failed"],
        "minimum_requests": 50, "maximum_requests": 2000,
    }  # fmt: skip
    return CanaryPolicy.model_validate(told | changed)


def tried(canary: float, production: float, policy: CanaryPolicy, seed: int) -> tuple[str, int]:
    """What is decided about a canary that fails on a share of requests, and when."""
    generator, evidence = np.random.default_rng(seed), Evidence()
    for number in range(1, policy.maximum_requests + 1):
        one = float(generator.random() < canary)
        other = float(np.mean(generator.random(policy.block) < production))
        evidence.requests += 1
        evidence.add({FAILED: one}, {FAILED: other}, policy)
        if (verdict := decide(evidence, policy)).decision is not Decision.UNDECIDED:
            return verdict.decision, number
    return Decision.UNDECIDED, number


def test_a_bad_canary_is_rolled_back_and_a_better_one_promoted() -> None:
    policy = policy_with()
    bad = [tried(0.30, 0.02, policy, seed) for seed in range(20)]
    assert {decision for decision, _ in bad} == {Decision.ROLL_BACK}
    assert max(number for _, number in bad) < 100
    better = [tried(0.0, 0.05, policy, seed) for seed in range(20)]
    assert {decision for decision, _ in better} == {Decision.PROMOTE}
    assert min(number for _, number in better) >= policy.minimum_requests


def test_a_canary_at_the_margin_is_rarely_rolled_back_however_often_one_looks() -> None:
    policy = policy_with(maximum_requests=400, minimum_requests=400)
    decisions = Counter(tried(0.07, 0.05, policy, seed)[0] for seed in range(100))
    assert decisions[Decision.ROLL_BACK] <= 100 * policy.alpha


@given(
    canary=st.floats(0, 1), production=st.floats(0, 1), bound=st.floats(0.001, 0.5),
)  # fmt: skip
def test_under_the_hypothesis_no_stake_gains_on_average(canary, production, bound) -> None:
    """The mean of each factor, over outcomes with these means, is at most 1."""
    mean = canary - production
    factors = {difference: np.exp(bet_above(difference, bound)) for difference in (-1.0, 0.0, 1.0)}
    expected = (
        canary * (1 - production) * factors[1.0]
        + production * (1 - canary) * factors[-1.0]
        + (canary * production + (1 - canary) * (1 - production)) * factors[0.0]
    )
    assert all(factor > 0 for of in factors.values() for factor in of)
    if mean <= bound:
        assert np.all(expected <= 1 + 1e-9)
    assert np.allclose(bet_below(0.25, bound), bet_above(-0.25, -bound))


def test_evidence_of_two_processes_adds_up_and_survives_being_written() -> None:
    policy, generator = policy_with(), np.random.default_rng(0)
    whole, parts = Evidence(), [Evidence(), Evidence()]
    for number in range(200):
        pair = {FAILED: float(generator.random() < 0.2)}, {FAILED: float(generator.random() < 0.1)}
        for evidence in (whole, parts[number % 3 == 0]):
            evidence.requests += 1
            evidence.add(*pair, policy)
    read = [Evidence.model_validate_json(part.model_dump_json()) for part in parts]
    joined = read[0].joined(read[1])
    assert (joined.requests, joined.measures[FAILED].pairs) == (200, 200)
    for name in ("worse", "within"):
        one, other = (getattr(of.measures[FAILED], name) for of in (joined, whole))
        assert log_evidence(one) == pytest.approx(log_evidence(other))
    assert decide(joined, policy) == decide(whole, policy)


def test_each_canary_request_meets_a_block_of_production() -> None:
    pairs = Pairs(3)
    outcome = {FAILED: 0.0, Measure.EMPTY: 0.0}
    failed = outcome | {FAILED: 1.0}
    assert pairs.add(failed, of_canary=True) == []
    assert pairs.add(failed, of_canary=False) == pairs.add(outcome, of_canary=False) == []
    ((canary, production),) = pairs.add(outcome, of_canary=False)
    assert (canary[FAILED], production[FAILED]) == (1.0, pytest.approx(1 / 3))


def test_at_the_maximum_the_policy_decides() -> None:
    policy = policy_with(at_maximum="roll-back", minimum_requests=1, maximum_requests=10)
    verdict = decide(Evidence(requests=10), policy)
    assert verdict.decision is Decision.ROLL_BACK
    assert "within 10 requests" in verdict.reason
    assert decide(Evidence(requests=10), policy_with(minimum_requests=10)).decision == "undecided"


def test_a_measure_needs_a_margin() -> None:
    with pytest.raises(ValueError, match="empty needs one between 0 and 1"):
        policy_with(rolls_back=["failed", "empty"])
    with pytest.raises(ValueError, match="less than minimum"):
        policy_with(maximum_requests=10)


def test_alpha_is_shared_by_the_measures_that_roll_back() -> None:
    margins = {"failed": 0.02, "empty": 0.02}
    both = policy_with(margins=margins, rolls_back=["failed", "empty"])
    evidence = Evidence()
    while log_evidence(evidence.measures[FAILED].worse if evidence.measures else np.zeros(1)) < (
        math.log(1 / both.alpha)
    ):
        evidence.add({FAILED: 1.0}, {FAILED: 0.0}, both)
    assert decide(evidence, both).decision is Decision.UNDECIDED
    assert decide(evidence, policy_with()).decision is Decision.ROLL_BACK


def test_a_block_has_the_mean_of_those_that_were_answered() -> None:
    pairs = Pairs(2)
    assert pairs.add({FAILED: 0.0, Measure.MORE_WORDS: 0.4}, of_canary=False) == []
    assert pairs.add({FAILED: 1.0}, of_canary=False) == []
    ((_, production),) = pairs.add({FAILED: 1.0}, of_canary=True)
    assert production == {FAILED: 0.5, Measure.MORE_WORDS: 0.4}


def test_words_are_counted_per_second_on_both_sides() -> None:
    counted = count_words(6, 3.0)
    assert counted == {Measure.MORE_WORDS: 0.2, Measure.FEWER_WORDS: 0.8}
    assert {show_mean(one, mean) for one, mean in counted.items()} == {"2.00 words/s"}
    assert show_margin(Measure.MORE_WORDS, 0.05) == "0.5 words/s"
    assert count_words(50, 1.0)[Measure.MORE_WORDS] == 1.0
    assert count_words(1, 0.0) == {}
    policy = policy_with(margins={"fewer_words": 0.05}, promotes=["fewer_words"],
                         rolls_back=["fewer_words"])  # fmt: skip
    evidence = Evidence()
    while decide(evidence, policy).decision is Decision.UNDECIDED:
        evidence.requests += 1
        evidence.add(count_words(3, 3.0), count_words(6, 3.0), policy)
    assert decide(evidence, policy).reason.startswith(
        "fewer_words 1.00 words/s against 2.00 words/s, worse by more than 0.5 words/s"
    )


def mixes(canary: dict[str, float], production: dict[str, float], pairs: int, seed: int) -> float:
    """The greatest evidence, at any time, that two mixes differ by more than a tenth."""
    policy = policy_with(
        margins={"language_mix": 0.1, "failed": 0.1}, rolls_back=["language_mix"]
    )  # fmt: skip
    generator, evidence, found = np.random.default_rng(seed), Evidence(), 0.0
    compared = Pairs(3)
    for _ in range(pairs):
        drawn = [generator.choice(list(mix), p=list(mix.values())) for mix in
                 (production, production, production, canary)]  # fmt: skip
        for place, language in enumerate(drawn):
            for pair in compared.add({}, of_canary=place == 3, language=str(language)):
                evidence.add(*pair, policy)
        if evidence.measures:
            found = max(found, log_evidence(evidence.measures[Measure.LANGUAGE_MIX].worse))
    return found


def test_another_mix_of_languages_is_found_and_an_equal_one_is_not() -> None:
    usual = {"uz": 0.5, "ru": 0.3, "mixed": 0.2}
    other = {"uz": 0.2, "ru": 0.6, "mixed": 0.2}
    shown = math.log(1 / 0.05)
    assert min(mixes(other, usual, 400, seed) for seed in range(10)) > shown
    near = {"uz": 0.4, "ru": 0.4, "mixed": 0.2}  # exactly at the margin
    for mix in (usual, near):
        alarms = sum(mixes(mix, usual, 200, seed) > shown for seed in range(60))
        assert alarms <= 60 * 0.05
    with pytest.raises(ValueError, match="never that they do not"):
        policy_with(margins={"language_mix": 0.1}, promotes=["language_mix"],
                    rolls_back=["language_mix"])  # fmt: skip


def test_languages_are_counted_by_version_and_add_up() -> None:
    first, second = Evidence(), Evidence()
    first.add_language("canary", "uz")
    first.add_language("production", "")
    second.add_language("canary", "uz")
    second.add_language("production", "ru")
    assert not first.is_empty
    assert first.joined(second).languages == {"canary": {"uz": 2}, "production": {"ru": 1}}
