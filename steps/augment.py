"""The fixed noisy copy of the test split."""

from typing import Annotated

from rich.console import Console
from zenml import log_metadata, step

from ovoz.audio.augment import AugmentConfig
from ovoz.corpus.augmented import write_noisy_copy
from ovoz.corpus.dataset import Dataset
from ovoz.corpus.manifest import Split
from ovoz.corpus.sounds import SoundsConfig, load_sounds
from ovoz.progress import progress_bar
from ovoz.workspace import Workspace
from steps.code import depends_on


@step(cache_policy=depends_on(__name__))
def augment(
    dataset: Dataset,
    config: AugmentConfig,
    seed: int,
    sounds: SoundsConfig,
    digest: str,  # noqa: ARG001  (for ZenML's cache: recordings that changed are read again)
) -> Annotated[Dataset, "noisy_test"]:
    """Distort every test utterance once, the same way for the same seed."""
    workspace = Workspace()
    loaded = load_sounds(sounds, Split.TEST, workspace.sounds)
    for file in loaded.skipped:
        Console().print(f"  not used: {file.path}: {file.reason}", highlight=False, markup=False)
    log_metadata({"sounds_not_used": {str(file.path): file.reason for file in loaded.skipped}})
    with progress_bar("noisy copy") as progress:
        return write_noisy_copy(
            dataset,
            dataset.rows(Split.TEST),
            workspace.noisy_test,
            config,
            seed,
            progress,
            loaded.recorded,
        )
