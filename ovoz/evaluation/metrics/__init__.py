"""The figures of the Ovoz code-switch benchmark, defined in ``docs/benchmark.md``."""

from ovoz.evaluation.metrics.pair import Pair
from ovoz.evaluation.metrics.scores import Scores, score, scores_of
from ovoz.evaluation.metrics.tally import Tally, tally

__all__ = ["Pair", "Scores", "Tally", "score", "scores_of", "tally"]
