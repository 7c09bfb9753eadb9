"""The judgement of a model by its gates, one for every step, screen and command."""

import math
from collections.abc import Collection, Sequence
from datetime import date

from pydantic import BaseModel, ConfigDict

from ovoz.evaluation.evaluate import Evaluation
from ovoz.evaluation.gates import (
    BETTER_OR_EQUAL,
    EXPORTED,
    P_WORSE,
    WER_OVER_BEST,
    Gate,
    GatesConfig,
    Waiver,
)
from ovoz.evaluation.metrics.pair import CanonicalText
from ovoz.evaluation.operation import MEASURES
from ovoz.evaluation.regression import Comparison, RegressionConfig, compare, compare_whole
from ovoz.evaluation.rows import HypothesisRow
from ovoz.evaluation.systems import BEST, PRODUCTION, SERVED
from ovoz.text.pack import load_pack


class GateResult(BaseModel):
    """How one gate was met.

    ``margin`` is the distance to the limit, positive on the good side. A figure that is missing
    or not a number fails, with its ``reason``.
    """

    model_config = ConfigDict(frozen=True)

    gate: Gate
    value: float | None
    margin: float | None
    passed: bool
    reason: str = ""
    waiver: Waiver | None = None
    """Why a gate that is not met does not stop the model; counted when it was judged."""

    @property
    def stops(self) -> bool:
        """Whether the model may not go on."""
        return not self.passed and self.waiver is None


class Verdict(BaseModel):
    """The judgement over all gates."""

    model_config = ConfigDict(frozen=True)

    system: str
    training_data: str
    results: tuple[GateResult, ...]
    comparisons: tuple[Comparison, ...] = ()
    """With production, slice by slice."""

    @property
    def passed(self) -> bool:
        """Whether there are gates and every one was met, or waived by name."""
        return bool(self.results) and not any(result.stops for result in self.results)


class GatesFailedError(Exception):
    """A model fell short; ``verdict`` says of what and by how much."""

    def __init__(self, verdict: Verdict) -> None:
        short = [result for result in verdict.results if result.stops]
        super().__init__(
            f"{len(short)} of {len(verdict.results)} gates not met: "
            + "; ".join(_shortfall(result) for result in short)
        )
        self.verdict = verdict


def _shortfall(result: GateResult) -> str:
    if result.value is None or result.margin is None:
        return f"{result.gate.name}: {result.reason}"
    side, shown = "at most" if result.gate.at_most is not None else "at least", result.gate.shown
    return (
        f"{result.gate.name} is {shown(result.value)}, {side} {shown(result.gate.limit)} is asked"
        f" ({shown(abs(result.margin))} short)"
    )


def judge_served(
    evaluation: Evaluation,
    config: GatesConfig,
    pack: str,
    *,
    artifact: bool,
    rivals: Collection[str] = (),
) -> Verdict:
    """Hold the system under judgement against its gates, as every step, screen and command does.

    Args:
        evaluation: What was measured.
        config: The gates.
        pack: Name of the language pack.
        artifact: Whether it is an artifact, which has more gates than a trained network.
        rivals: Names of the systems that it is held against. Their rows must be in the
            evaluation: the verdict fails without them.
    """
    return judge(
        config,
        evaluation,
        SERVED,
        artifact=artifact,
        rivals=rivals,
        pack=load_pack(pack),
    )


def judge(
    config: GatesConfig,
    evaluation: Evaluation,
    system: str,
    *,
    artifact: bool = False,
    rivals: Collection[str] = (),
    pack: CanonicalText | None = None,
    today: date | None = None,
) -> Verdict:
    """Hold the figures of ``system`` against every gate; nothing is skipped.

    Args:
        config: The gates.
        evaluation: What was measured.
        system: Which of its systems is judged.
        artifact: Judge ``of_artifact`` too.
        rivals: :data:`PRODUCTION` and :data:`BEST`, as far as there are such versions.
        pack: Reads the texts that are compared; needed with ``rivals``.
        today: The day on which waivers are looked at; by default this one.
    """
    gates = (*config.gates, *(config.of_artifact if artifact else ()))
    if artifact and evaluation.choice is not None and EXPORTED not in gates:
        gates = (*gates, EXPORTED)
    results = [_result(gate, evaluation, system) for gate in gates]
    comparisons: list[Comparison] = []
    if PRODUCTION in rivals:
        against, comparisons = _regressions(config.regression, evaluation, system, pack)
        results += against
    if BEST in rivals:
        results += _margins(config.regression, evaluation, system, pack)
    waivers = {one.gate: one for one in config.waivers if (today or date.today()) <= one.until}
    return Verdict(
        system=system,
        training_data=evaluation.training_data,
        results=tuple(
            result
            if result.passed
            else result.model_copy(update={"waiver": waivers.get(result.gate.name)})
            for result in results
        ),
        comparisons=tuple(comparisons),
    )


def _regressions(
    config: RegressionConfig,
    evaluation: Evaluation,
    system: str,
    pack: CanonicalText | None,
) -> tuple[list[GateResult], list[Comparison]]:
    """Whether no slice is worse than in production, and one at least no worse."""
    overall = Gate(figure=BETTER_OR_EQUAL, at_least=1)
    try:
        if pack is None:
            raise ValueError("no language pack to compare with production")
        rows = [row for row in evaluation.rows if row.test_set in config.test_sets]
        ours, theirs = (_rows_of(rows, name) for name in (system, PRODUCTION))
        comparisons = compare(ours, theirs, pack, config)
        missing = set(config.test_sets) - {one.test_set for one in comparisons}
        if missing:
            raise ValueError(f"nothing to compare on {', '.join(sorted(missing))}")
    except (ValueError, ArithmeticError, LookupError) as error:
        return [_failed(overall, f"not compared with production: {error}")], []
    not_worse = sum(one.low <= 0 for one in comparisons)
    results = [
        _held(
            Gate(
                figure=P_WORSE,
                at_least=config.significance,
                test_set=one.test_set,
                slice=one.slice,
            ),
            one.p_worse,
        )
        for one in comparisons
    ]
    return [*results, _held(overall, not_worse)], comparisons


def _margins(
    config: RegressionConfig, evaluation: Evaluation, system: str, pack: CanonicalText | None
) -> list[GateResult]:
    """How much worse than the best former production each whole test set is."""
    ours, theirs = (_rows_of(evaluation.rows, name) for name in (system, BEST))
    results = []
    for name in config.test_sets:
        gate = Gate(figure=WER_OVER_BEST, at_most=config.margin, test_set=name)
        try:
            if pack is None:
                raise ValueError("no language pack to compare with the best former production")
            results.append(_held(gate, compare_whole(ours, theirs, pack, name)))
        except ValueError as error:
            results.append(_failed(gate, f"not compared with the best former production: {error}"))
    return results


def _rows_of(rows: Sequence[HypothesisRow], system: str) -> list[HypothesisRow]:
    return [row for row in rows if row.system == system]


def _result(gate: Gate, evaluation: Evaluation, system: str) -> GateResult:
    if gate.figure in MEASURES:
        figures = evaluation.measures.get(system, {})
        return _held(gate, figures.get(gate.figure), "it was not measured")
    scores = evaluation.find(system, gate.test_set, gate.slice)
    if scores is None:
        return _failed(
            gate, f"no utterance of {gate.test_set!r} is in {gate.slice!r} for {system!r}"
        )
    return _held(gate, scores.figures.get(gate.figure), "the test set defines no such figure")


def _held(gate: Gate, value: float | None, without: str = "it is not a number") -> GateResult:
    if value is None or not math.isfinite(value):
        return _failed(gate, without)
    margin = gate.limit - value if gate.at_most is not None else value - gate.limit
    return GateResult(gate=gate, value=value, margin=margin, passed=margin >= 0)


def _failed(gate: Gate, reason: str) -> GateResult:
    return GateResult(gate=gate, value=None, margin=None, passed=False, reason=reason)
