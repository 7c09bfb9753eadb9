"""Score what was trained, and what will be served."""

from pathlib import Path
from typing import Annotated

from zenml import log_metadata, step

from ovoz.corpus.dataset import Dataset
from ovoz.decoding.config import DecoderConfig
from ovoz.decoding.language_models import with_language_models
from ovoz.decoding.lexicon_file import LEXICON_FILE, read_lexicon
from ovoz.evaluation.conditions import EvaluationConfig
from ovoz.evaluation.evaluate import Evaluation, evaluate
from ovoz.evaluation.rows import ALL
from ovoz.evaluation.testsets import load_test_sets
from ovoz.progress import progress_bar
from ovoz.text.pack import load_pack
from steps.candidate import Candidate, Rivals
from steps.code import depends_on


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
    from ovoz.evaluation.systems import load_trained_systems

    served, languages = with_language_models(decoder, language_models), load_pack(pack)
    systems = load_trained_systems(
        checkpoint, served, read_lexicon(language_models / LEXICON_FILE), languages
    )
    with progress_bar("clips") as progress:
        evaluation = evaluate(
            systems,
            load_test_sets(dataset, noisy_test),
            pack=languages,
            training_data=training_data,
            progress=progress,
        )
    _log_figures(evaluation)
    return evaluation


@step(cache_policy=depends_on(__name__))
def evaluate_artifact(
    artifact: Path,
    trained: Evaluation,
    dataset: Dataset,
    noisy_test: Dataset,
    config: EvaluationConfig,
) -> Annotated[Evaluation, "evaluation_exported"]:
    """Score the artifact as it will be served; its speed is held against fp32."""
    from ovoz.evaluation.candidate import evaluate_export

    sets = load_test_sets(dataset, noisy_test)
    with progress_bar("clips") as progress:
        evaluation = evaluate_export(artifact, trained, sets, config, progress)
    _log_figures(evaluation)
    return evaluation


@step(cache_policy=depends_on(__name__))
def evaluate_candidate(
    candidate: Candidate,
    rivals: Rivals,
    dataset: Dataset,
    noisy_test: Dataset,
    config: EvaluationConfig,
) -> Annotated[Evaluation, "evaluation_candidate"]:
    """Score a registered version, and its rivals, on the data of today."""
    from ovoz.evaluation.candidate import evaluate_candidate as evaluate_beside

    sets = load_test_sets(dataset, noisy_test)
    with progress_bar("clips") as progress:
        evaluation = evaluate_beside(candidate.artifact, rivals.artifacts, sets, config, progress)
    _log_figures(evaluation)
    return evaluation


def _log_figures(evaluation: Evaluation) -> None:
    for scores in evaluation.slices:
        if scores.slice == ALL:
            log_metadata({f"{scores.system} on {scores.test_set}": scores.figures})
