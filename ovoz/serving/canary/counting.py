"""What the threads of this process have seen of both versions and not yet written down."""

import threading
from dataclasses import dataclass
from typing import Final

from ovoz.canary.evidence import Evidence
from ovoz.canary.outcomes import Measure, Outcome, count_words
from ovoz.canary.pairs import Pairs
from ovoz.canary.policy import CanaryPolicy
from ovoz.engine.transcript import Transcript
from ovoz.serving.telemetry import metrics


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of a request; ``language`` is empty where there is no transcript."""

    outcome: Outcome
    language: str = ""


FAILED: Final = Answered(
    {Measure.FAILED: 1.0, Measure.EMPTY: 0.0, Measure.SLOW: 0.0, Measure.UNSURE: 0.0}
)
"""Of a request whose model raised an error."""


def describe_answer(transcript: Transcript, policy: CanaryPolicy) -> Answered:
    """What came of a request that was answered."""
    took_s = transcript.timings.network_s + transcript.timings.decoding_s
    outcome = {
        Measure.FAILED: 0.0,
        Measure.EMPTY: float(not transcript.text.strip()),
        Measure.SLOW: float(took_s > policy.longest_s(transcript.duration_s)),
        Measure.UNSURE: float(transcript.confidence < policy.unsure_below),
        **count_words(len(transcript.text.split()), transcript.duration_s),
    }
    return Answered(outcome, transcript.language.value)


class Counting:
    """Evidence of one trial, from any thread, until it is taken.

    Args:
        policy: What is compared.
    """

    def __init__(self, policy: CanaryPolicy) -> None:
        self._policy = policy
        self._pairs = Pairs(policy.block)
        self._copies = Pairs(1)
        self._corrections = Pairs(policy.block)
        self._counted = Evidence()
        self._lock = threading.Lock()

    def add_request(self, answered: Answered, *, of_canary: bool) -> None:
        """Count a request that one of the versions answered."""
        with self._lock:
            self._add(self._pairs, answered, of_canary=of_canary)

    def add_pair(self, canary: Answered, production: Answered) -> None:
        """Count a request that both versions read."""
        with self._lock:
            self._add(self._copies, canary, of_canary=True)
            self._add(self._copies, production, of_canary=False)

    def add_correction(self, word_errors: float, *, of_canary: bool) -> None:
        """Count a corrected transcript of one of the versions, by its word errors in [0, 1]."""
        told = {Measure.CORRECTIONS: word_errors}
        with self._lock:
            for pair in self._corrections.add(told, of_canary=of_canary):
                self._counted.add(*pair, self._policy)

    def _add(self, pairs: Pairs, answered: Answered, *, of_canary: bool) -> None:
        arm = "canary" if of_canary else "production"
        metrics.CANARY_REQUESTS.labels(arm).inc()
        self._counted.requests += of_canary
        self._counted.add_language(arm, answered.language)
        complete = pairs.add(answered.outcome, of_canary=of_canary, language=answered.language)
        for pair in complete:
            self._counted.add(*pair, self._policy)

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
