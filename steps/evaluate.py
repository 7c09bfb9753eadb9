"""Score what was trained, and what will be served."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from zenml import log_metadata, step

from ovoz.corpus.dataset import Dataset
from ovoz.corpus.manifest import Split
from ovoz.decoding.config import DecoderConfig
from ovoz.decoding.language_models import with_language_models
from ovoz.engine.precision import Precision
from ovoz.engine.transcript import SupportsTranscribe
from ovoz.evaluation.candidate import SERVED, measure_operation, with_choice, with_conditions
from ovoz.evaluation.conditions import EvaluationConfig
from ovoz.evaluation.evaluate import Evaluation, TestSet, evaluate
from ovoz.evaluation.exported import beside_trained
from ovoz.evaluation.test_sets import load_test_sets
from ovoz.progress import progress_bar
from ovoz.text.pack import load_pack
from steps.candidate import Candidate
from steps.code import depends_on

GREEDY = "greedy"
"""Name of the best path, which is scored beside the served decoder."""


@step(cache_policy=depends_on(__name__))
def evaluate_checkpoint(
    checkpoint: Path,
    dataset: Dataset,
    noisy_test: Dataset,
    language_models: Path,
    decoder: DecoderConfig,
    pack: str,
    training_data: str,
) -> Annotated[Evaluation, "evaluation_trained"]:
    """Score the trained network in fp32, by its best path and with the decoder of the profile."""
    from ovoz.engine.checkpoint_engine import load_trained_engine
    from ovoz.model.checkpoint import load_checkpoint

    lexicon, label = dataset.words(Split.TRAIN), load_pack(pack).word_language
    decoder = with_language_models(decoder, language_models)
    greedy = DecoderConfig.best_path(ctc=load_checkpoint(checkpoint).network.config.has_ctc)
    systems = {
        GREEDY: load_trained_engine(checkpoint, greedy, label=label),
        SERVED: load_trained_engine(checkpoint, decoder, lexicon, label),
    }
    return _evaluated(systems, load_test_sets(dataset, noisy_test), pack, training_data)


@step(cache_policy=depends_on(__name__))
def evaluate_artifact(
    artifact: Path,
    trained: Evaluation,
    dataset: Dataset,
    noisy_test: Dataset,
    pack: str,
    training_data: str,
    config: EvaluationConfig,
) -> Annotated[Evaluation, "evaluation_exported"]:
    """Score the artifact as it will be served; its speed is held against fp32."""
    from ovoz.engine.artifact.storage import read_description
    from ovoz.engine.export.choice import read_target_device
    from ovoz.engine.load import load_engine

    description, device = read_description(artifact), read_target_device(artifact)
    greedy = DecoderConfig.best_path(ctc=description.has_ctc)
    sets = load_test_sets(dataset, noisy_test)
    systems = {
        GREEDY: load_engine(artifact, decoder=greedy, device=device),
        SERVED: load_engine(artifact, device=device),
    }
    evaluation = _evaluated(systems, with_conditions(sets, config), pack, training_data)
    unquantized = load_engine(artifact, precision=Precision.FP32, device=device)
    measured = measure_operation(artifact, systems[SERVED], unquantized, sets[0], config)
    found = evaluation.model_copy(update={"measures": {SERVED: measured}})
    return beside_trained(with_choice(found, artifact), trained, SERVED)


@step(cache_policy=depends_on(__name__))
def evaluate_candidate(
    candidate: Candidate,
    production: Candidate | None,
    dataset: Dataset,
    noisy_test: Dataset,
    config: EvaluationConfig,
) -> Annotated[Evaluation, "evaluation_candidate"]:
    """Score a registered version, and what is in production, on the data of today."""
    from ovoz.evaluation.candidate import evaluate_candidate as evaluated

    sets = load_test_sets(dataset, noisy_test)
    current = production.artifact if production is not None else None
    with progress_bar("clips") as progress:
        evaluation = evaluated(candidate.artifact, current, sets, config, progress)
    _log_figures(evaluation)
    return evaluation


def _evaluated(
    systems: Mapping[str, SupportsTranscribe],
    test_sets: list[TestSet],
    pack: str,
    training_data: str,
) -> Evaluation:
    with progress_bar("clips") as progress:
        evaluation = evaluate(
            systems,
            test_sets,
            pack=load_pack(pack),
            training_data=training_data,
            progress=progress,
        )
    _log_figures(evaluation)
    return evaluation


def _log_figures(evaluation: Evaluation) -> None:
    for one in evaluation.slices:
        if one.slice == "all":
            log_metadata({f"{one.system} on {one.test_set}": one.figures})
