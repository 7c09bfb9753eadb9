"""How many requests until a bad canary is rolled back, and what becomes of equal and better ones?

    python -m benchmarks.canary [--repetitions 200] [--only probes]

Simulated requests through the pairs, the evidence and the decision of the service, under
``mlflow/policy.yaml``: production fails on 1 % of requests, and gives one wrong word in ten of
probe clips with eight words. A canary differs in one of the two alone. Errors of a request are
independent; of real callers they are not (docs/registry.md). ``at the margin`` is the canary that
is hardest to tell from a bad one: its roll-backs are the false alarms of the test.
"""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Final

import numpy as np
import typer

from ovoz.canary.evidence import Evidence, decide
from ovoz.canary.outcomes import Measure
from ovoz.canary.pairs import Pairs
from ovoz.canary.policy import CanaryPolicy, Decision
from ovoz.evaluation.hardware import describe_hardware
from ovoz.progress import progress_bar
from ovoz.registry.policy import load_policy

PRODUCTION: Final = 0.01
"""Share of requests that production fails on; other measures are as good for both."""
WORDS: Final = 8
WORD_ERRORS: Final = 0.10
CHUNK: Final = 4096
OFTEN: Final = 200


@dataclass(frozen=True, slots=True)
class Case:
    """A canary by the share of requests that it fails on, or of words of probe clips."""

    name: str
    failed: float = PRODUCTION
    word_errors: float = WORD_ERRORS
    of_probes: bool = False


def cases(policy: CanaryPolicy) -> list[Case]:
    """Bad canaries, two that must not be rolled back, and a better one."""
    margin = policy.margins
    return [
        *(Case(f"errors {share:.0%}", failed=share) for share in (0.03, 0.05, 0.10, 0.30)),
        Case("errors equal, 1 %", failed=PRODUCTION),
        Case("errors at the margin", failed=PRODUCTION + margin[Measure.FAILED]),
        Case("errors better, 0.2 %", failed=0.002),
        Case("probes +3 points", word_errors=WORD_ERRORS + 0.03, of_probes=True),
        Case("probes equal", of_probes=True),
        Case(
            "probes at the margin",
            word_errors=WORD_ERRORS + margin[Measure.WORD_ERRORS],
            of_probes=True,
        ),
    ]


def failures(generator: np.random.Generator, share: float) -> Iterator[float]:
    """Outcomes of requests, 1 for an error."""
    while True:
        yield from (generator.random(CHUNK) < share).astype(float).tolist()


def clip_errors(generator: np.random.Generator, share: float) -> Iterator[float]:
    """Shares of wrong words in clips."""
    while True:
        yield from (generator.binomial(WORDS, share, CHUNK) / WORDS).tolist()


def of_requests(failed: float) -> dict[Measure, float]:
    """The outcome of a request; what is no error is fast, sure and not empty."""
    return {
        Measure.FAILED: failed, Measure.EMPTY: 0.0, Measure.SLOW: 0.0, Measure.UNSURE: 0.0,
    }  # fmt: skip


def is_looked_at(number: int) -> bool:
    """The service looks once a second."""
    return number <= OFTEN or number % 10 == 0


def try_by_requests(case: Case, policy: CanaryPolicy, seed: int) -> tuple[Decision, int]:
    """What is decided, and after how many requests of the canary."""
    generator = np.random.default_rng(seed)
    canary = failures(generator, case.failed)
    production = failures(generator, PRODUCTION)
    evidence, pairs = Evidence(), Pairs(policy.block)
    for number in range(1, policy.maximum_requests + 1):
        complete = pairs.add(of_requests(next(canary)), of_canary=True)
        for _ in range(policy.block):
            complete += pairs.add(of_requests(next(production)), of_canary=False)
        evidence.requests += 1
        for one, other in complete:
            evidence.add(one, other, policy)
        if is_looked_at(number) and (told := decide(evidence, policy).decision) != "undecided":
            return told, number
    return Decision.UNDECIDED, policy.maximum_requests


def try_by_probes(case: Case, policy: CanaryPolicy, seed: int) -> tuple[Decision, int]:
    """The same by probe clips alone, which roll back and do not promote."""
    generator = np.random.default_rng(seed)
    canary = clip_errors(generator, case.word_errors)
    production = clip_errors(generator, WORD_ERRORS)
    evidence = Evidence()
    for number in range(1, policy.maximum_requests + 1):
        one, other = ({Measure.WORD_ERRORS: next(of)} for of in (canary, production))
        evidence.add(one, other, policy)
        if is_looked_at(number) and (told := decide(evidence, policy).decision) != "undecided":
            return told, number
    return Decision.UNDECIDED, policy.maximum_requests


def main(
    repetitions: Annotated[int, typer.Option(help="Seeded repetitions of each case.")] = 200,
    only: Annotated[str, typer.Option(help="Cases with this in their name.")] = "",
) -> None:
    """Print the table; exit with 1 where equal canaries were rolled back more often than alpha."""
    policy = load_policy().canary
    if policy is None:
        raise typer.BadParameter("mlflow/policy.yaml has no canary")
    print(describe_hardware(["numpy"]))
    print(f"alpha {policy.alpha:g}, blocks of {policy.block}, {repetitions} repetitions, margins "
          + ", ".join(f"{one} {margin:g}" for one, margin in policy.margins.items()))  # fmt: skip
    print("| canary | rolled back | promoted | undecided | until then: p5, p50, p95, most |")
    print("| --- | --- | --- | --- | --- |")
    alarms = 0
    for case in [one for one in cases(policy) if only in one.name]:
        tried = try_by_probes if case.of_probes else try_by_requests
        found = []
        with progress_bar(case.name) as progress:
            for seed in range(repetitions):
                found.append(tried(case, policy, seed))
                progress(seed + 1, repetitions)
        counts = Counter(decision for decision, _ in found)
        taken = np.array([number for decision, number in found if decision != "undecided"])
        told = ", ".join(f"{value:.0f}" for value in np.percentile(taken, (5, 50, 95, 100))) \
            if len(taken) else "–"  # fmt: skip
        print(f"| {case.name} | {counts[Decision.ROLL_BACK]} | {counts[Decision.PROMOTE]} |"
              f" {counts[Decision.UNDECIDED]} | {told} |", flush=True)  # fmt: skip
        if "equal" in case.name or "margin" in case.name or "better" in case.name:
            alarms = max(alarms, counts[Decision.ROLL_BACK])
    # Twice the standard deviation of a count whose mean is alpha's.
    allowed = repetitions * policy.alpha + 2 * math.sqrt(repetitions * policy.alpha)
    if alarms > allowed:
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
