"""The choice of the export that is served."""

from pathlib import Path
from typing import Annotated

from zenml import log_metadata, step

from ovoz.corpus.dataset import Dataset
from ovoz.corpus.manifest import Split
from ovoz.engine.export.choice import ExportChoice
from ovoz.engine.export.config import ExportConfig
from ovoz.evaluation.testsets import load_split
from ovoz.progress import progress_bar
from ovoz.workspace import Workspace
from steps.code import depends_on


@step(cache_policy=depends_on(__name__))
def choose_export(
    exported: Path, checkpoint: Path, dataset: Dataset, export: ExportConfig
) -> tuple[Annotated[Path, "chosen"], Annotated[ExportChoice, "export_choice"]]:
    """Measure every export on dev; serve the fastest within the accuracy limit."""
    from ovoz.engine.export.choice import keep_chosen
    from ovoz.evaluation.exports import choose_export as measure_exports

    clips = load_split(dataset, Split.DEV, export.scored_utterances)
    with progress_bar("exports") as progress:
        choice = measure_exports(exported, checkpoint, clips, export, progress)
    log_metadata(
        {
            candidate.precision.value: candidate.figures.model_dump()
            if candidate.figures
            else {"reason": candidate.reason}
            for candidate in choice.candidates
        }
    )
    return keep_chosen(exported, Workspace().chosen, choice), choice
