"""Quality gates: what a model must reach to be registered and promoted."""

import math
from collections.abc import Sequence
from datetime import date
from typing import Final, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from ovoz.evaluation.evaluate import Evaluation
from ovoz.evaluation.metrics.figures import FORMULAS
from ovoz.evaluation.metrics.pair import CanonicalText
from ovoz.evaluation.operation import MEASURES
from ovoz.evaluation.regression import Comparison, RegressionConfig, compare
from ovoz.evaluation.rows import ALL, HypothesisRow, check_slice

P_WORSE: Final = "p_worse"
"""Chance that a candidate no worse than production looks this much worse on a slice."""

BETTER_OR_EQUAL: Final = "slices_not_worse"
"""Number of slices on which the candidate is better or equal, as far as can be told: the 95 %
interval of the difference reaches zero. Without the interval the rule would stop models that differ
from production by chance alone."""

KNOWN: Final = (*FORMULAS, *MEASURES, P_WORSE, BETTER_OR_EQUAL)
"""Figures that a gate can limit."""


class Gate(BaseModel):
    """One limit on one figure of one slice; ``at_most`` or ``at_least`` is set, not both."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    figure: str
    at_most: float | None = None
    at_least: float | None = None
    test_set: str = "test"
    slice: str = ALL

    @field_validator("figure")
    @classmethod
    def _known_figure(cls, figure: str) -> str:
        if figure not in KNOWN:
            raise ValueError(f"no figure is called {figure!r}; there are {', '.join(KNOWN)}")
        return figure

    @field_validator("slice")
    @classmethod
    def _known_slice(cls, name: str) -> str:
        return check_slice(name)

    @model_validator(mode="after")
    def _one_finite_limit(self) -> Self:
        limits = [limit for limit in (self.at_most, self.at_least) if limit is not None]
        if len(limits) != 1 or not math.isfinite(limits[0]):
            raise ValueError(f"gate on {self.figure}: give at_most or at_least, one finite number")
        if self.is_rate and not 0 <= limits[0] <= 1:
            raise ValueError(f"gate on {self.figure}: write 0.25 for 25 %, not {limits[0]:g}")
        return self

    @property
    def limit(self) -> float:
        """The limit, whichever side it is on."""
        return self.at_most if self.at_most is not None else self.at_least or 0.0

    @property
    def is_rate(self) -> bool:
        """Whether the figure is a fraction, shown in percent."""
        return self.figure not in {*MEASURES, BETTER_OR_EQUAL} - {"wer_over_trained"}

    def shown(self, value: float) -> str:
        """A value of this figure as people read it."""
        return f"{value:.1%}" if self.is_rate else f"{value:.2f}"

    @property
    def name(self) -> str:
        """Figure and slice, as they are shown."""
        if self.figure in MEASURES:
            return self.figure
        where = self.test_set if self.slice == ALL else f"{self.test_set}, {self.slice}"
        return f"{self.figure} on {where}"


EXPORTED: Final = Gate(figure="exports_within_limit", at_least=1)
"""Judged wherever exports were measured: none of them may be served when all lose too much."""


class Waiver(BaseModel):
    """A gate that may fail for a while: ``gate`` is its name as the table shows it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    gate: str = Field(min_length=1)
    who: str = Field(min_length=1)
    why: str = Field(min_length=1)
    until: date
    """Last day on which it counts."""

    @property
    def told(self) -> str:
        """Who, until when and why, in one line."""
        return f"{self.who} until {self.until}: {self.why}"


class GatesConfig(BaseModel):
    """The gates of a run; the defaults are those of the product.

    ``gates`` hold in every judgement, ``of_artifact`` also for what is served, ``regression``
    where there is a model in production.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    gates: tuple[Gate, ...] = (
        Gate(figure="wer.uz", at_most=0.25),
        Gate(figure="wer.mixed", at_most=0.30),
        Gate(figure="cer", at_most=0.15),
        Gate(figure="language_accuracy", at_least=0.85),
        Gate(figure="switch_f1", at_least=0.80),
    )
    of_artifact: tuple[Gate, ...] = (
        Gate(figure="wer_over_trained", at_most=0.005),
        Gate(figure="silence_words_per_minute", at_most=2.0),
        Gate(figure="long_misplaced_s", at_most=0.5),
        Gate(figure="long_looped_words", at_most=1.0),
        Gate(figure="latency_p95_ratio", at_most=1.5),
        Gate(figure="real_time_factor_ratio", at_most=1.5),
        Gate(figure="size_mb", at_most=500.0),
        Gate(figure="memory_mb", at_most=2000.0),
    )
    regression: RegressionConfig = RegressionConfig()
    waivers: tuple[Waiver, ...] = ()

    @model_validator(mode="after")
    def _some_gate(self) -> Self:
        if not self.gates:
            raise ValueError("no gate is set: a model would pass unseen")
        if len({gate.name for gate in self.gates}) != len(self.gates):
            raise ValueError("a gate is set twice")
        return self

    @model_validator(mode="after")
    def _waivers_name_gates(self) -> Self:
        names = {gate.name for gate in (*self.gates, *self.of_artifact, EXPORTED)}
        for waiver in self.waivers:
            if waiver.gate not in names and not waiver.gate.startswith(P_WORSE):
                raise ValueError(
                    f"waiver of {waiver.gate!r}: no such gate; there are {', '.join(sorted(names))}"
                )
        return self


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
        """Whether every gate was met, or waived by name."""
        return not any(result.stops for result in self.results)


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


def judge(
    config: GatesConfig,
    evaluation: Evaluation,
    system: str,
    *,
    artifact: bool = False,
    production: str | None = None,
    pack: CanonicalText | None = None,
    today: date | None = None,
) -> Verdict:
    """Hold the figures of ``system`` against every gate; nothing is skipped.

    Args:
        config: The gates.
        evaluation: What was measured.
        system: Which of its systems is judged.
        artifact: Judge ``of_artifact`` too.
        production: The system to compare with; None when nothing is in production yet.
        pack: Reads the texts that are compared; needed with ``production``.
        today: The day on which waivers are looked at; by default this one.
    """
    gates = (*config.gates, *(config.of_artifact if artifact else ()))
    if artifact and evaluation.choice is not None and EXPORTED not in gates:
        gates = (*gates, EXPORTED)
    results = [_result(gate, evaluation, system) for gate in gates]
    comparisons: list[Comparison] = []
    if production is not None:
        against, comparisons = _regressions(config.regression, evaluation, system, production, pack)
        results += against
    return Verdict(
        system=system,
        training_data=evaluation.training_data,
        results=tuple(_waived(one, config.waivers, today or date.today()) for one in results),
        comparisons=tuple(comparisons),
    )


def _waived(result: GateResult, waivers: Sequence[Waiver], today: date) -> GateResult:
    for waiver in waivers:
        if not result.passed and waiver.gate == result.gate.name and today <= waiver.until:
            return result.model_copy(update={"waiver": waiver})
    return result


def _regressions(
    config: RegressionConfig,
    evaluation: Evaluation,
    system: str,
    production: str,
    pack: CanonicalText | None,
) -> tuple[list[GateResult], list[Comparison]]:
    """Whether no slice is worse than in production, and one at least no worse."""
    overall = Gate(figure=BETTER_OR_EQUAL, at_least=1)
    try:
        if pack is None:
            raise ValueError("no language pack to compare with production")
        ours, theirs = (_rows(evaluation, name, config) for name in (system, production))
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


def _rows(evaluation: Evaluation, system: str, config: RegressionConfig) -> list[HypothesisRow]:
    return [
        row for row in evaluation.rows if row.system == system and row.test_set in config.test_sets
    ]


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
