"""``ovoz evaluate``: the figures of a registered model on the test sets of the last data run."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

_ACCEPTED = Path(".ovoz/validation/manifest.parquet")
_NOISY = Path(".ovoz/noisy-test/manifest.parquet")
_CORPUS = Path("data")


def evaluate(
    alias: Annotated[str, typer.Option(help="Alias in the registry.")] = "production",
    every: Annotated[bool, typer.Option("--all", help="Every test set, slice by slice.")] = False,
) -> None:
    """Score a registered model on the held-out recordings of the corpus."""
    from cli.settings import registered_artifact
    from ovoz.corpus.manifest import ManifestError, Split, read_manifest
    from ovoz.decoding.config import DecoderConfig
    from ovoz.engine.artifact import read_description
    from ovoz.engine.load import load_engine
    from ovoz.evaluation.evaluate import TestSet
    from ovoz.evaluation.evaluate import evaluate as score
    from ovoz.evaluation.tables import figures_table
    from ovoz.text.pack import load_pack

    artifact = registered_artifact(alias)
    description = read_description(artifact)
    try:
        rows = read_manifest(_ACCEPTED)
        sets = [TestSet("test", [one for one in rows if one.split is Split.TEST], _CORPUS)]
        if every:
            sets.append(TestSet("test-noisy", read_manifest(_NOISY), _NOISY.parent))
            unseen = [one for one in rows if one.split is Split.OPEN]
            sets += [TestSet("open", unseen, _CORPUS)] if unseen else []
    except ManifestError as error:
        Console(stderr=True).print(f"[red]error:[/red] {error}; run `make augment-data` first")
        raise typer.Exit(2) from error
    systems = {
        "greedy": load_engine(artifact, decoder=DecoderConfig()),
        "served": load_engine(artifact),
    }
    with Progress(transient=True) as bar:
        task = bar.add_task("clips", total=None)
        evaluation = score(
            systems,
            sets,
            pack=load_pack(description.pack),
            training_data=description.training_data,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    Console().print(figures_table(evaluation, slices=every))
