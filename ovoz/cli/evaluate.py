"""``ovoz evaluate``: the figures of a registered model on the test sets of the last data run."""

from typing import Annotated

import typer
from rich.console import Console

from ovoz.cli.errors import stop


def evaluate(
    alias: Annotated[str, typer.Option(help="Alias in the registry.")] = "production",
    every: Annotated[bool, typer.Option("--all", help="Every test set, slice by slice.")] = False,
) -> None:
    """Score a registered model on the held-out recordings of the corpus."""
    from ovoz.audio.containers import AudioError
    from ovoz.cli.settings import registered_model
    from ovoz.corpus.dataset import accepted_rows, noisy_test
    from ovoz.corpus.manifest import ManifestError
    from ovoz.engine.artifact.storage import ArtifactError, read_description
    from ovoz.evaluation.evaluate import evaluate as score
    from ovoz.evaluation.systems import load_artifact_systems
    from ovoz.evaluation.tables import build_figures_table
    from ovoz.evaluation.testsets import STORED, load_test_sets
    from ovoz.progress import progress_bar
    from ovoz.text.pack import load_pack
    from ovoz.workspace import Workspace

    artifact = registered_model(alias).artifact
    try:
        description = read_description(artifact, verify=False)
        names = STORED if every else STORED[:1]
        sets = load_test_sets(accepted_rows(Workspace()), noisy_test(Workspace()), names)
        with progress_bar("clips") as progress:
            evaluation = score(
                load_artifact_systems(artifact),
                [test_set for test_set in sets if test_set.utterances],
                pack=load_pack(description.pack),
                training_data=description.training_data,
                progress=progress,
            )
    except ManifestError as error:
        stop(f"{error}; run `make augment-data` first")
    except (ArtifactError, AudioError) as error:
        stop(error)
    Console().print(build_figures_table(evaluation, slices=every))
