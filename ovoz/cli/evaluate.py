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
    from ovoz.audio.decode import AudioError
    from ovoz.cli.current_data import TEST_SETS, load_test_sets, score
    from ovoz.cli.settings import registered_model
    from ovoz.corpus.manifest import ManifestError
    from ovoz.decoding.config import DecoderConfig
    from ovoz.engine.artifact.storage import ArtifactError, read_description
    from ovoz.engine.load import load_engine
    from ovoz.evaluation.tables import figures_table

    artifact = registered_model(alias).artifact
    try:
        description = read_description(artifact, verify=False)
        greedy = DecoderConfig.best_path(ctc=description.has_ctc)
        systems = {
            "greedy": load_engine(artifact, decoder=greedy),
            "served": load_engine(artifact),
        }
        sets = load_test_sets(TEST_SETS if every else TEST_SETS[:1])
        evaluation = score(systems, sets, description)
    except ManifestError as error:
        stop(f"{error}; run `make augment-data` first")
    except (ArtifactError, AudioError) as error:
        stop(error)
    Console().print(figures_table(evaluation, slices=every))
