"""Data: ingest, version, validate, and the noisy copy of the test split."""

from typing import Any

from zenml import pipeline

from ovoz.corpus.sounds import digest_sounds
from ovoz.profile import Profile
from ovoz.workspace import Workspace
from steps.augment import augment
from steps.ingest import ingest
from steps.validate import validate
from steps.version_data import version_data


@pipeline
def ingestion(profile: Profile) -> Any:
    """Bring the corpus into ``data/`` and put it under DVC."""
    return version_data(ingest(config=profile.corpus, folder=str(Workspace().data)))


@pipeline
def validation(profile: Profile) -> Any:
    """Check the corpus and set aside the rows that fail."""
    return validate(corpus=ingestion(profile), config=profile.validation)


@pipeline
def data(profile: Profile) -> Any:
    """Everything up to the splits that a model is trained and tested on."""
    dataset, _report = validation(profile)
    noisy_test = augment(
        dataset=dataset,
        config=profile.noisy_test.augment,
        seed=profile.noisy_test.seed,
        sounds=profile.sounds,
        digest=digest_sounds(profile.sounds),
    )
    return dataset, noisy_test
