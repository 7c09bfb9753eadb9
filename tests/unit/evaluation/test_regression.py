"""Candidate against production: damage to one slice is found, chance is not taken for damage."""

from collections.abc import Callable
from datetime import date

import numpy as np
import pytest
from pydantic import ValidationError

from ovoz.evaluation.evaluate import Evaluation
from ovoz.evaluation.gates import P_WORSE, Gate, GatesConfig, Waiver
from ovoz.evaluation.judgement import Verdict, judge
from ovoz.evaluation.regression import RegressionConfig, compare
from ovoz.evaluation.rows import HypothesisRow, read_rows, write_rows
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
    system: str, hypothesis: Callable[[int, str], str], clips: int = 120
) -> list[HypothesisRow]:
    return [
        HypothesisRow(
            system=system, test_set="test", id=str(number), audio="", reference=WORDS,
            hypothesis=hypothesis(number, DIALECTS[number % 3]), language=Language.UZBEK,
            hypothesis_language=Language.UZBEK, dialect=DIALECTS[number % 3], condition="clean",
            speaker=f"s{number % 8}", duration_s=3.0, confidence=0.9, latency_ms=1.0,
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
    return judge(config, measured, "served", production="production", pack=PACK)


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
    worse = compare(
        rows("served", lambda *_: "xato", clips=3),
        rows("production", lambda *_: WORDS, clips=3),
        PACK,
        CONFIG.regression,
    )
    assert min(one.p_worse for one in worse) > 0.1


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
