"""What the threads of this process have seen of both versions and not yet written down."""

import threading
from typing import Final

from ovoz.canary.evidence import Evidence
from ovoz.canary.outcomes import Measure, Outcome, Pairs
from ovoz.canary.policy import CanaryPolicy
from ovoz.engine.transcript import Transcript
from ovoz.serving.telemetry import metrics

FAILED: Final[Outcome] = {
    Measure.FAILED: 1.0, Measure.EMPTY: 0.0, Measure.SLOW: 0.0, Measure.UNSURE: 0.0,
}  # fmt: skip
"""Of a request whose model raised an error."""


def outcome_of(transcript: Transcript, policy: CanaryPolicy) -> Outcome:
    """What came of a request that was answered."""
    took_s = transcript.timings.network_s + transcript.timings.decoding_s
    return {
        Measure.FAILED: 0.0,
        Measure.EMPTY: float(not transcript.text.strip()),
        Measure.SLOW: float(took_s > policy.longest_s(transcript.duration_s)),
        Measure.UNSURE: float(transcript.confidence < policy.unsure_below),
    }


class Counting:
    """Evidence of one trial, from any thread, until it is taken.

    Args:
        policy: What is compared.
    """

    def __init__(self, policy: CanaryPolicy) -> None:
        self._policy = policy
        self._pairs = Pairs(policy.block)
        self._counted = Evidence()
        self._lock = threading.Lock()

    def add_request(self, outcome: Outcome, *, of_canary: bool) -> None:
        """Count a request that one of the versions answered."""
        metrics.CANARY_REQUESTS.labels("canary" if of_canary else "production").inc()
        with self._lock:
            self._counted.requests += of_canary
            for canary, production in self._pairs.add(outcome, of_canary=of_canary):
                self._counted.add(canary, production, self._policy)

    def add_pair(self, canary: Outcome, production: Outcome) -> None:
        """Count a request that both versions read."""
        for arm in ("canary", "production"):
            metrics.CANARY_REQUESTS.labels(arm).inc()
        with self._lock:
            self._counted.requests += 1
            self._counted.add(canary, production, self._policy)

    def add_probe(self, canary: float, production: float) -> None:
        """Count a probe clip by the word errors of both versions, in [0, 1]."""
        with self._lock:
            self._counted.add(
                {Measure.WORD_ERRORS: canary}, {Measure.WORD_ERRORS: production}, self._policy
            )

    def take(self) -> Evidence:
        """What was counted since the last time."""
        with self._lock:
            counted, self._counted = self._counted, Evidence()
        return counted

    def give_back(self, counted: Evidence) -> None:
        """Keep what could not be written down for the next time."""
        with self._lock:
            self._counted = counted.joined(self._counted)
