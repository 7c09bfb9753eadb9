"""The fixed noisy copy of the test split."""

from pathlib import Path
from typing import Annotated

from rich.progress import Progress
from zenml import step

from ovoz.audio.augment import AugmentConfig
from ovoz.corpus.augmented import noisy_copy
from ovoz.corpus.dataset import CorpusVersion
from ovoz.corpus.manifest import Split, read_manifest
from steps.code import depends_on


@step(cache_policy=depends_on(__name__))
def augment(
    corpus: CorpusVersion, accepted: Path, config: AugmentConfig, seed: int
) -> Annotated[Path, "noisy_test"]:
    """Distort every test utterance once, the same way for the same seed."""
    rows = read_manifest(accepted / "manifest.parquet")
    test = [row for row in rows if row.split is Split.TEST]
    with Progress(transient=True) as bar:
        task = bar.add_task("noisy copy", total=len(test))
        manifest = noisy_copy(
            test,
            Path(corpus.folder),
            Path(".ovoz/noisy-test"),
            config,
            seed,
            lambda done, _total: bar.update(task, completed=done),
        )
    return manifest.parent
