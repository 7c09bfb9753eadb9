"""Splices: switched speech out of the corpus's monolingual utterances, as another corpus."""

from typing import Any

from zenml import pipeline

from ovoz.profile import Profile, ProfileError
from ovoz.workspace import Workspace
from pipelines.data import data
from steps.splice import splice_languages


@pipeline
def splices(profile: Profile) -> Any:
    """From utterances of two languages to utterances that switch between them."""
    if profile.splices is None:
        raise ProfileError("the profile has no splices: say how many are wanted")
    dataset, _ = data(profile)
    return splice_languages(
        dataset=dataset,
        config=profile.splices,
        pack=profile.pack,
        registry=profile.registry,
        folder=str(Workspace().spliced),
    )
