"""Export the trained network to what is served."""

from importlib.metadata import version
from pathlib import Path
from typing import Annotated

from rich.console import Console
from zenml import step

from ovoz.corpus.dataset import CorpusVersion
from ovoz.decoding.config import DecoderConfig
from ovoz.decoding.language_models import with_language_models
from ovoz.engine.export.config import ExportConfig
from ovoz.engine.precision import Precision
from ovoz.evaluation.test_sets import training_clips, training_words
from ovoz.registry.tracking import code_version
from steps.code import depends_on


@step(cache_policy=depends_on(__name__))
def export_model(
    checkpoint: Path,
    corpus: CorpusVersion,
    accepted: Path,
    language_models: Path,
    decoder: DecoderConfig,
    export: ExportConfig,
    name: str,
    pack: str,
    training_data: str,
) -> Annotated[Path, "exported"]:
    """Every precision asked for, with tokenizer, words, language models and what the model is."""
    from ovoz.engine.artifact.description import ModelIdentity, Versions
    from ovoz.engine.export.exporter import export as export_to

    versions = Versions(code=code_version(), data=corpus.version, normalizer=version("ovoz"))
    identity = ModelIdentity(name=name, pack=pack, versions=versions, training_data=training_data)
    with Console().status("exporting to ONNX and quantizing"):
        return export_to(
            checkpoint,
            training_words(accepted),
            Path(".ovoz/exported"),
            identity,
            decoder=with_language_models(decoder, language_models),
            precision=Precision.FP32,  # until one is chosen by measurement
            precisions=export.precisions,
            calibration=(
                training_clips(corpus, accepted, export.calibration_utterances)
                if Precision.INT8_STATIC in export.precisions
                else ()
            ),
        )
