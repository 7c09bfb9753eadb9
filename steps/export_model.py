"""The trained network, exported to what is served."""

from pathlib import Path
from typing import Annotated

from rich.console import Console
from zenml import step

from ovoz.corpus.dataset import Dataset, choose_spread
from ovoz.corpus.manifest import Split
from ovoz.decoding.config import DecoderConfig
from ovoz.decoding.language_models import with_language_models
from ovoz.decoding.lexicon_file import LEXICON_FILE, read_lexicon
from ovoz.engine.export.config import ExportConfig
from ovoz.engine.precision import Precision
from ovoz.engine.second_reader import SecondReaderConfig
from ovoz.registry.tracking import code_version
from ovoz.workspace import Workspace
from steps.code import depends_on


@step(cache_policy=depends_on(__name__))
def export_model(
    checkpoint: Path,
    dataset: Dataset,
    language_models: Path,
    decoder: DecoderConfig,
    export: ExportConfig,
    name: str,
    pack: str,
    training_data: str,
    second_reader: SecondReaderConfig | None = None,
) -> Annotated[Path, "exported"]:
    """Write every precision asked for, with tokenizer, lexicon, language models and identity."""
    from ovoz.code_closure import digest_code, find_code_closure
    from ovoz.engine.artifact.description import ModelIdentity, Versions
    from ovoz.engine.export.exporter import export as export_to

    versions = Versions(
        code=code_version(),
        data=dataset.version or "unversioned",
        normalizer=digest_code(find_code_closure("ovoz.text.pack"))[:12],
    )
    identity = ModelIdentity(name=name, pack=pack, versions=versions, training_data=training_data)
    calibrated = Precision.INT8_STATIC in export.precisions
    rows = (
        choose_spread(dataset.rows(Split.TRAIN), export.calibration_utterances)
        if calibrated
        else []
    )
    with Console().status("exporting to ONNX and quantizing"):
        return export_to(
            checkpoint,
            read_lexicon(language_models / LEXICON_FILE),
            Workspace().exported,
            identity,
            decoder=with_language_models(decoder, language_models),
            precision=Precision.FP32,  # until one is chosen by measurement
            precisions=export.precisions,
            second_reader=second_reader,
            calibration=[dataset.samples(row) for row in rows],
        )
