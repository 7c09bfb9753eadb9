"""Measure every export, and keep the one that is served."""

from pathlib import Path
from typing import Annotated

from rich.progress import Progress
from zenml import log_metadata, step

from ovoz.corpus.dataset import CorpusVersion
from ovoz.engine.export.choice import ExportChoice
from ovoz.engine.export.config import ExportConfig
from ovoz.evaluation.test_sets import dev_set
from steps.code import depends_on


@step(cache_policy=depends_on(__name__))
def choose_export(
    exported: Path,
    checkpoint: Path,
    corpus: CorpusVersion,
    accepted: Path,
    export: ExportConfig,
) -> tuple[Annotated[Path, "chosen"], Annotated[ExportChoice, "export_choice"]]:
    """The artifact in the precision that is fastest within the accuracy limit, on dev."""
    from ovoz.engine.export.choice import keep_chosen
    from ovoz.evaluation.exports import choose_export as measured

    clips = dev_set(corpus, accepted, export.scored_utterances)
    with Progress(transient=True) as bar:
        task = bar.add_task("exports", total=None)
        choice = measured(
            exported,
            checkpoint,
            clips,
            export,
            lambda done, total: bar.update(task, completed=done, total=total),
        )
    log_metadata(
        {
            one.precision.value: one.figures.model_dump() if one.figures else {"reason": one.reason}
            for one in choice.candidates
        }
    )
    return keep_chosen(exported, Path(".ovoz/chosen"), choice), choice
