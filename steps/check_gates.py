"""Gates that the test sets cannot judge stop a run before it trains."""

from typing import Annotated

from zenml import step

from ovoz.corpus.dataset import Dataset
from ovoz.evaluation.conditions import EvaluationConfig
from ovoz.evaluation.gate_data import check_gate_data
from ovoz.evaluation.gates import GatesConfig
from ovoz.evaluation.testsets import load_test_sets
from ovoz.text.pack import load_pack
from steps.code import depends_on


@step(cache_policy=depends_on(__name__))
def check_gates(
    dataset: Dataset,
    noisy_test: Dataset,
    config: GatesConfig,
    evaluation: EvaluationConfig,
    pack: str,
) -> Annotated[int, "gates"]:
    """The number of gates, each of which can be judged."""
    sets = load_test_sets(dataset, noisy_test)
    check_gate_data(config, sets, evaluation, load_pack(pack))
    return len(config.gates) + len(config.of_artifact)
