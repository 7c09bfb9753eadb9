"""Quality gates: the limits that a model must keep to be registered and promoted."""

import math
from collections.abc import Sequence
from datetime import date
from typing import Final, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from ovoz.evaluation.metrics.figures import FORMULAS, LOWER_IS_BETTER, OF_THE_TEST_SET
from ovoz.evaluation.operation import MEASURES
from ovoz.evaluation.regression import RegressionConfig
from ovoz.evaluation.rows import ALL, check_slice
from ovoz.evaluation.testsets import CONDITIONS

P_WORSE: Final = "p_worse"
"""Chance that a candidate no worse than production looks this much worse on a slice."""

BETTER_OR_EQUAL: Final = "slices_not_worse"
"""Number of slices on which the candidate is better or equal, as far as can be told: the 95 %
interval of the difference reaches zero. Without the interval the rule would stop models that differ
from production by chance alone."""

WER_OVER_BEST: Final = "wer_over_best"
"""Word error rate minus that of the best former production, on a whole test set."""

KNOWN: Final = (*FORMULAS, *MEASURES, P_WORSE, BETTER_OR_EQUAL, WER_OVER_BEST)
"""Figures that a gate can limit."""


_SHARES: Final = {"wer_over_trained", "long_wer", "foreign_rejected_share", "text_equal_share"}
"""Measures that are fractions."""

_SIGNED: Final = {"wer_over_trained", "long_drift_s"}
"""Measures that may be negative."""

_HIGHER_IS_BETTER: Final = {
    *(FORMULAS.keys() - LOWER_IS_BETTER - OF_THE_TEST_SET),
    *("text_equal_share", "foreign_rejected_share", "exports_within_limit"),
    *(P_WORSE, BETTER_OR_EQUAL),
}
_COMPARED: Final = {P_WORSE, BETTER_OR_EQUAL, WER_OVER_BEST}


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
        if figure in OF_THE_TEST_SET:
            raise ValueError(f"{figure} describes the test set: no model changes it")
        return figure

    @field_validator("slice")
    @classmethod
    def _known_slice(cls, name: str) -> str:
        return check_slice(name)

    @model_validator(mode="after")
    def _one_limit_that_can_be_missed_and_met(self) -> Self:
        limits = [limit for limit in (self.at_most, self.at_least) if limit is not None]
        if len(limits) != 1 or not math.isfinite(limits[0]):
            raise ValueError(f"gate on {self.figure}: give at_most or at_least, one finite number")
        if self.is_rate and not 0 <= limits[0] <= 1:
            raise ValueError(f"gate on {self.figure}: write 0.25 for 25 %, not {limits[0]:g}")
        side = "at_least" if self.figure in _HIGHER_IS_BETTER else "at_most"
        if getattr(self, side) is None:
            better = "more" if side == "at_least" else "less"
            raise ValueError(f"gate on {self.figure}: {better} is better: give {side}")
        if (side == "at_least" and limits[0] <= 0) or (self.figure == "mer" and limits[0] == 1):
            raise ValueError(f"gate on {self.figure}: every model meets {side} {limits[0]:g}")
        if limits[0] < 0 and self.figure not in _SIGNED:
            raise ValueError(f"gate on {self.figure}: no model meets {side} {limits[0]:g}")
        return self

    @property
    def limit(self) -> float:
        """The limit, whichever side it is on."""
        return self.at_most if self.at_most is not None else self.at_least or 0.0

    @property
    def is_rate(self) -> bool:
        """Whether the figure is a fraction, shown in percent."""
        return self.figure not in {*MEASURES, BETTER_OR_EQUAL} - _SHARES

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


def _find_doubles(gates: Sequence[Gate]) -> list[str]:
    names = [gate.name for gate in gates]
    return [name for place, name in enumerate(names) if name in names[:place]]


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

    @property
    def test_sets(self) -> tuple[str, ...]:
        """Test sets that a judgement reads, each once."""
        gates = (*self.gates, *self.of_artifact)
        named = (*(gate.test_set for gate in gates), *self.regression.test_sets)
        return tuple(dict.fromkeys(named))

    @model_validator(mode="after")
    def _some_gate(self) -> Self:
        if not self.gates:
            raise ValueError("no gate is set: a model would pass unseen")
        for name in _find_doubles(self.gates) or _find_doubles(self.of_artifact):
            raise ValueError(f"the gate {name} is set twice")
        return self

    @model_validator(mode="after")
    def _each_where_it_is_measured(self) -> Self:
        for gate in (*self.gates, *self.of_artifact):
            if gate.figure in _COMPARED:
                raise ValueError(f"gate on {gate.figure}: it is set by gates.regression")
        for gate in self.gates:
            if gate.figure in MEASURES or gate.test_set == CONDITIONS:
                raise ValueError(
                    f"gates.gates: {gate.name} is not measured of the trained network: put it under"
                    " gates.of_artifact"
                )
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
