"""Quality gates: what a model must reach to be registered and promoted."""

import math
from typing import Self

from pydantic import BaseModel, ConfigDict, field_validator, model_validator

from ovoz.evaluation.evaluate import ALL, SLICED_BY, Evaluation
from ovoz.evaluation.metrics.figures import FORMULAS


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
        if figure not in FORMULAS:
            raise ValueError(f"no figure is called {figure!r}; there are {', '.join(FORMULAS)}")
        return figure

    @field_validator("slice")
    @classmethod
    def _known_slice(cls, name: str) -> str:
        kind, _, value = name.partition("=")
        if name != ALL and (kind not in SLICED_BY or not value):
            raise ValueError(
                f"no slice is called {name!r}; write {ALL!r} or PROPERTY=VALUE"
                f" with a property of {', '.join(SLICED_BY)}"
            )
        return name

    @model_validator(mode="after")
    def _one_finite_limit(self) -> Self:
        limits = [limit for limit in (self.at_most, self.at_least) if limit is not None]
        if len(limits) != 1 or not math.isfinite(limits[0]):
            raise ValueError(f"gate on {self.figure}: give at_most or at_least, one finite number")
        if not 0 <= limits[0] <= 1:
            raise ValueError(f"gate on {self.figure}: write 0.25 for 25 %, not {limits[0]:g}")
        return self

    @property
    def limit(self) -> float:
        """The limit, whichever side it is on."""
        return self.at_most if self.at_most is not None else self.at_least or 0.0

    @property
    def name(self) -> str:
        """Figure and slice, as they are shown."""
        where = self.test_set if self.slice == ALL else f"{self.test_set}, {self.slice}"
        return f"{self.figure} on {where}"


class GatesConfig(BaseModel):
    """The gates of a run; the defaults are those of the product."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    gates: tuple[Gate, ...] = (
        Gate(figure="wer.uz", at_most=0.25),
        Gate(figure="wer.mixed", at_most=0.30),
        Gate(figure="cer", at_most=0.15),
        Gate(figure="language_accuracy", at_least=0.85),
        Gate(figure="switch_f1", at_least=0.80),
    )

    @model_validator(mode="after")
    def _some_gate(self) -> Self:
        if not self.gates:
            raise ValueError("no gate is set: a model would pass unseen")
        if len(set(self.gates)) != len(self.gates):
            raise ValueError("a gate is set twice")
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


class Verdict(BaseModel):
    """The judgement over all gates."""

    model_config = ConfigDict(frozen=True)

    system: str
    training_data: str
    results: tuple[GateResult, ...]

    @property
    def passed(self) -> bool:
        """Whether every gate was met."""
        return all(result.passed for result in self.results)


class GatesFailedError(Exception):
    """A model fell short; ``verdict`` says of what and by how much."""

    def __init__(self, verdict: Verdict) -> None:
        short = [result for result in verdict.results if not result.passed]
        super().__init__(
            f"{len(short)} of {len(verdict.results)} gates not met: "
            + "; ".join(_shortfall(result) for result in short)
        )
        self.verdict = verdict


def _shortfall(result: GateResult) -> str:
    if result.value is None or result.margin is None:
        return f"{result.gate.name}: {result.reason}"
    side = "at most" if result.gate.at_most is not None else "at least"
    return (
        f"{result.gate.name} is {result.value:.1%}, {side} {result.gate.limit:.1%} is asked"
        f" ({abs(result.margin):.1%} short)"
    )


def judge(config: GatesConfig, evaluation: Evaluation, system: str) -> Verdict:
    """Hold the figures of ``system`` against every gate; nothing is skipped."""
    return Verdict(
        system=system,
        training_data=evaluation.training_data,
        results=tuple(_result(gate, evaluation, system) for gate in config.gates),
    )


def _result(gate: Gate, evaluation: Evaluation, system: str) -> GateResult:
    scores = evaluation.find(system, gate.test_set, gate.slice)
    if scores is None:
        reason = f"no utterance of {gate.test_set!r} is in {gate.slice!r} for {system!r}"
        return GateResult(gate=gate, value=None, margin=None, passed=False, reason=reason)
    value = scores.figures.get(gate.figure)
    if value is None or not math.isfinite(value):
        reason = "the test set defines no such figure"
        return GateResult(gate=gate, value=None, margin=None, passed=False, reason=reason)
    margin = gate.limit - value if gate.at_most is not None else value - gate.limit
    return GateResult(gate=gate, value=value, margin=margin, passed=margin >= 0)
