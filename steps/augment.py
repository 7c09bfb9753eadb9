"""The fixed noisy copy of the test split."""

from typing import Annotated

from zenml import step

from ovoz.audio.augment import AugmentConfig
from ovoz.corpus.augmented import write_noisy_copy
from ovoz.corpus.dataset import Dataset
from ovoz.corpus.manifest import Split
from ovoz.progress import progress_bar
from ovoz.workspace import Workspace
from steps.code import depends_on


@step(cache_policy=depends_on(__name__))
def augment(dataset: Dataset, config: AugmentConfig, seed: int) -> Annotated[Dataset, "noisy_test"]:
    """Distort every test utterance once, the same way for the same seed."""
    with progress_bar("noisy copy") as progress:
        test = dataset.rows(Split.TEST)
        return write_noisy_copy(dataset, test, Workspace().noisy_test, config, seed, progress)
