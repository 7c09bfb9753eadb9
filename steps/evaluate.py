"""Score what was trained, and what will be served."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from rich.progress import Progress
from zenml import log_metadata, step

from ovoz.decoding.config import DecoderConfig, DecoderKind
from ovoz.decoding.language_models import with_language_models
from ovoz.engine.transcript import Engine
from ovoz.evaluation.evaluate import Evaluation, TestSet, evaluate
from ovoz.text.pack import load_pack
from steps.candidate import Candidate
from steps.code import depends_on
from steps.test_sets import load_test_sets, training_words
from steps.version_data import CorpusVersion

GREEDY, SERVED = "greedy", "served"
"""Names of the systems that are scored side by side: the best path, and the served decoder."""

_CODE = depends_on(
    "ovoz/evaluation/evaluate.py",
    "ovoz/evaluation/metrics",
    "ovoz/decoding",
    "ovoz/engine",
    "ovoz/model",
    "ovoz/audio/decode.py",
    "ovoz/text",
)


@step(cache_policy=_CODE)
def evaluate_checkpoint(
    checkpoint: Path,
    corpus: CorpusVersion,
    accepted: Path,
    noisy_test: Path,
    language_models: Path,
    decoder: DecoderConfig,
    pack: str,
    training_data: str,
) -> Annotated[Evaluation, "evaluation_trained"]:
    """Score the trained network on torch, with both decoders."""
    from ovoz.engine.torch import TorchEngine

    lexicon, label = training_words(accepted), load_pack(pack).word_language
    decoder = with_language_models(decoder, language_models)
    systems = {
        GREEDY: TorchEngine(
            checkpoint, decoder=DecoderConfig(kind=DecoderKind.GREEDY), label=label
        ),
        SERVED: TorchEngine(checkpoint, decoder=decoder, lexicon=lexicon, label=label),
    }
    return _evaluated(systems, load_test_sets(corpus, accepted, noisy_test), pack, training_data)


@step(cache_policy=_CODE)
def evaluate_artifact(
    artifact: Path,
    corpus: CorpusVersion,
    accepted: Path,
    noisy_test: Path,
    pack: str,
    training_data: str,
) -> Annotated[Evaluation, "evaluation_exported"]:
    """Score the artifact that will be served, as it will be served, beside its best path."""
    from ovoz.engine.load import load_engine

    systems = {
        GREEDY: load_engine(artifact, decoder=DecoderConfig(kind=DecoderKind.GREEDY)),
        SERVED: load_engine(artifact),
    }
    return _evaluated(systems, load_test_sets(corpus, accepted, noisy_test), pack, training_data)


@step(cache_policy=_CODE)
def evaluate_candidate(
    candidate: Candidate,
    corpus: CorpusVersion,
    accepted: Path,
    noisy_test: Path,
    pack: str,
    training_data: str,
) -> Annotated[Evaluation, "evaluation_candidate"]:
    """Score a registered version on the data of today."""
    from ovoz.engine.load import load_engine

    systems = {SERVED: load_engine(candidate.artifact)}
    return _evaluated(systems, load_test_sets(corpus, accepted, noisy_test), pack, training_data)


def _evaluated(
    systems: Mapping[str, Engine], test_sets: list[TestSet], pack: str, training_data: str
) -> Evaluation:
    with Progress(transient=True) as bar:
        task = bar.add_task("clips", total=None)
        evaluation = evaluate(
            systems,
            test_sets,
            pack=load_pack(pack),
            training_data=training_data,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    for one in evaluation.slices:
        if one.slice == "all":
            log_metadata({f"{one.system} on {one.test_set}": one.figures})
    return evaluation
