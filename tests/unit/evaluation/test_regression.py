"""Candidate against production: damage to one slice is found, chance is not taken for damage."""

from collections.abc import Callable
from datetime import date
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from ovoz.evaluation.evaluate import Evaluation
from ovoz.evaluation.gates import P_WORSE, Gate, GatesConfig, Waiver
from ovoz.evaluation.judgement import Verdict, judge
from ovoz.evaluation.regression import RegressionConfig, TooFewUnitsError, compare, sign_flip_p
from ovoz.evaluation.rows import SLICED_BY, HypothesisRow, read_rows, write_rows
from ovoz.evaluation.systems import BEST, PRODUCTION
from ovoz.text.language import Language
from ovoz.text.pack import load_pack

WORDS = "kartani bugun bering menga ertaga olib keling"
DIALECTS = ("tashkent", "fergana", "khorezm")
PACK = load_pack("uz-ru")
CONFIG = GatesConfig(
    gates=(Gate(figure="wer", at_most=1.0),),
    regression=RegressionConfig(resamples=2000),
)


def rows(
    system: str, hypothesis: Callable[[int, str], str], clips: int = 120, speakers: int = 8
) -> list[HypothesisRow]:
    return [
        HypothesisRow(
            system=system, test_set="test", id=str(number), audio="", reference=WORDS,
            hypothesis=hypothesis(number, DIALECTS[number % 3]), language=Language.UZBEK,
            hypothesis_language=Language.UZBEK, dialect=DIALECTS[number % 3], condition="clean",
            speaker=f"s{number % speakers}", duration_s=3.0, confidence=0.9, latency_ms=1.0,
        )
        for number in range(clips)
    ]  # fmt: skip


def misheard(rng: np.random.Generator, share: float) -> str:
    return " ".join("xato" if rng.random() < share else word for word in WORDS.split())


def verdict(
    candidate: list[HypothesisRow], production: list[HypothesisRow], **changes: object
) -> Verdict:
    measured = Evaluation(training_data="none", rows=[*candidate, *production], slices=[])
    config = CONFIG.model_copy(update=changes)
    return judge(config, measured, "served", rivals=(PRODUCTION,), pack=PACK)


def stopped(judged: Verdict) -> list[str]:
    return [one.gate.name for one in judged.results if one.stops and one.gate.figure != "wer"]


def test_damage_to_one_slice_is_stopped_by_that_slice() -> None:
    rng = np.random.default_rng(0)
    spoken = [misheard(rng, 0.05) for _ in range(120)]
    production = rows("production", lambda number, _: spoken[number])
    worse = rows(
        "served",
        lambda number, dialect: (
            spoken[number].replace("bering", "xato") if dialect == "khorezm" else spoken[number]
        ),
    )
    found = stopped(verdict(worse, production))
    assert f"{P_WORSE} on test, dialect=khorezm" in found
    assert not any("fergana" in name or "tashkent" in name for name in found)


@pytest.mark.slow
def test_noise_of_scoring_the_same_model_again_does_not_stop_it() -> None:
    rng = np.random.default_rng(1)
    stops = 0
    for _ in range(100):
        candidate = rows("served", lambda *_: misheard(rng, 0.1))
        production = rows("production", lambda *_: misheard(rng, 0.1))
        stops += bool(stopped(verdict(candidate, production)))
    assert stops <= 5


def test_slightly_worse_everywhere_is_stopped() -> None:
    production = rows("production", lambda *_: WORDS)
    worse = rows(
        "served", lambda number, _: WORDS if number % 5 else WORDS.replace("menga", "xato")
    )
    assert "slices_not_worse on test" in stopped(verdict(worse, production))


def test_the_same_answers_are_equal_everywhere() -> None:
    same = verdict(rows("served", lambda *_: WORDS), rows("production", lambda *_: WORDS))
    assert not stopped(same)
    assert {one.difference for one in same.comparisons} == {0.0}
    assert {one.slice for one in same.comparisons} >= {"all", "dialect=khorezm", "language=uz"}


def test_production_that_was_not_scored_fails() -> None:
    judged = verdict(rows("served", lambda *_: WORDS), [])
    assert not judged.passed
    assert "different utterances" in judged.results[-1].reason
    missing = verdict([], [])
    assert "nothing to compare on test" in missing.results[-1].reason


def test_few_clips_say_nothing_but_do_not_exaggerate() -> None:
    with pytest.raises(TooFewUnitsError, match=r"3 clips .* of test cannot show .*: 10 can"):
        compare(
            rows("served", lambda *_: "xato", clips=3),
            rows("production", lambda *_: WORDS, clips=3),
            PACK,
            CONFIG.regression,
        )


@given(
    differences=st.lists(st.integers(-9, 9), min_size=1, max_size=12),
)
def test_sign_flips_are_counted_exactly(differences: list[int]) -> None:
    signs = np.array(list(product((-1, 1), repeat=len(differences))))
    sums = signs @ np.abs(differences)
    expected = np.mean(sums >= sum(differences))
    assert sign_flip_p(np.array(differences, float)) == pytest.approx(expected)


def test_many_small_losses_stop_at_the_margin() -> None:
    """Each generation loses too little to its production to be told from chance."""
    rng = np.random.default_rng(2)
    spoken = [WORDS] * 120
    best = rows("best", lambda number, _: WORDS)
    rates = []
    for _ in range(12):
        lost = rng.choice(120, 6, replace=False)
        worse = [
            text.replace("menga", "xato") if n in lost else text for n, text in enumerate(spoken)
        ]
        ours = rows("served", lambda number, _, texts=worse: texts[number])
        theirs = rows("production", lambda number, _, texts=spoken: texts[number])
        assert not stopped(verdict(ours, theirs))  # nothing but the best one stops it
        measured = Evaluation(training_data="none", rows=[*ours, *theirs, *best], slices=[])
        judged = judge(CONFIG, measured, "served", rivals=(PRODUCTION, BEST), pack=PACK)
        if names := stopped(judged):
            assert names == ["wer_over_best on test"]
            break
        spoken = worse
        rates.append(sum("xato" in text for text in spoken) / (120 * len(WORDS.split())))
    assert rates
    assert max(rates) <= CONFIG.regression.margin


def test_a_best_version_that_was_not_scored_fails() -> None:
    measured = Evaluation(training_data="none", rows=rows("served", lambda *_: WORDS), slices=[])
    judged = judge(CONFIG, measured, "served", rivals=(BEST,), pack=PACK)
    assert stopped(judged) == ["wer_over_best on test"]
    assert "not compared with the best former production" in judged.results[-1].reason


SETTINGS = st.builds(
    RegressionConfig,
    significance=st.floats(0, 1, exclude_min=True, exclude_max=True),
    slices_by=st.lists(st.sampled_from(sorted(SLICED_BY)), unique=True).map(tuple),
    resamples=st.integers(1000, 1200),
    seed=st.integers(0, 9),
)


@settings(max_examples=25)
@given(config=SETTINGS, clips=st.integers(1, 60), speakers=st.integers(1, 60))
def test_one_hundred_percent_errors_never_pass_against_none(config, clips, speakers) -> None:
    ours = rows("served", lambda *_: "", clips, speakers)
    theirs = rows("production", lambda *_: WORDS, clips, speakers)
    judged = verdict(ours, theirs, regression=config)
    assert not judged.passed
    # Either the whole is significant, or the comparison itself is refused.
    names = stopped(judged)
    refused = "cannot show" in judged.results[-1].reason
    assert refused or f"{P_WORSE} on test" in names, names


@settings(max_examples=12)
@given(config=SETTINGS, share=st.floats(0, 0.3), speakers=st.integers(1, 60))
def test_one_lost_slice_is_stopped_whatever_the_others_are(config, share, speakers) -> None:
    """One dialect is lost in 60 clips; with many slices or speakers that may be too few."""
    rng = np.random.default_rng(0)
    spoken = [misheard(rng, share) for _ in range(180)]
    ours = rows("served", lambda n, d: "" if d == "khorezm" else spoken[n], 180, speakers)
    theirs = rows("production", lambda n, _: spoken[n], 180, speakers)
    if "dialect" not in config.slices_by:
        config = config.model_copy(update={"slices_by": (*config.slices_by, "dialect")})
    judged = verdict(ours, theirs, regression=config)
    units = len({row.speaker for row in ours if row.dialect == "khorezm"})
    units = units if units >= 20 else 60
    if "cannot show" in judged.results[-1].reason:
        return
    slices = len(judged.comparisons)
    if slices * 2.0**-units < config.significance:
        assert f"{P_WORSE} on test, dialect=khorezm" in stopped(judged)


def waiver(until: date, gate: str = "cer on test") -> Waiver:
    return Waiver(gate=gate, who="Nodira", why="the new corpus is noisier", until=until)


@pytest.mark.parametrize(("day", "passes"), [(1, True), (2, True), (3, False)])
def test_waiver_counts_until_its_last_day(day: int, passes: bool) -> None:
    config = GatesConfig(
        gates=(Gate(figure="cer", at_most=0.1),), waivers=(waiver(date(2030, 1, 2)),)
    )
    nothing = Evaluation(training_data="none", rows=[], slices=[])
    judged = judge(config, nothing, "served", today=date(2030, 1, day))
    assert judged.passed is passes
    assert not judged.results[0].passed
    assert (judged.results[0].waiver is not None) is passes


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"test_sets": ()}, "at least 1 item"),
        ({"slices_by": ("language", "language")}, "each property once"),
        ({"significance": float("nan")}, "less than 1"),
        ({"significance": 1.0}, "less than 1"),
    ],
)
def test_a_comparison_that_compares_nothing_fails_at_load(settings, message) -> None:
    with pytest.raises(ValidationError, match=message):
        RegressionConfig(**settings)


def test_waiver_of_no_gate_and_unknown_property_fail_at_load() -> None:
    with pytest.raises(ValidationError, match="no such gate"):
        GatesConfig(waivers=(waiver(date(2030, 1, 1), "wer.uzz on test"),))
    with pytest.raises(ValidationError, match="no property is called 'dialekt'"):
        RegressionConfig(slices_by=("dialekt",))
    with pytest.raises(ValidationError, match="dialect is one of"):
        Gate(figure="wer", at_most=0.1, slice="dialect=khorezmm")


def test_artifact_figures_that_were_not_measured_fail() -> None:
    nothing = Evaluation(training_data="none", rows=[], slices=[])
    judged = judge(CONFIG, nothing, "served", artifact=True)
    reasons = {one.gate.figure: one.reason for one in judged.results}
    assert reasons["latency_p95_ratio"] == "it was not measured"
    assert not judged.passed


def test_rows_survive_parquet(tmp_path) -> None:
    written = rows("served", lambda *_: WORDS, clips=4)
    assert read_rows(write_rows(written, tmp_path / "rows.parquet")) == written
