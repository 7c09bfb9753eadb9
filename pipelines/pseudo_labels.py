"""Pseudo-labels: what production wrote for recordings without a transcript, as a corpus."""

from typing import Any

from zenml import pipeline

from ovoz.profile import Profile, ProfileError
from ovoz.workspace import Workspace
from pipelines.data import data
from steps.pseudo_label import pseudo_label


@pipeline
def pseudo_labels(profile: Profile) -> Any:
    """From recordings to machine-labelled rows that the next corpus may take in."""
    wanted = profile.pseudo_labels
    if wanted is None:
        raise ProfileError("the profile has no pseudo_labels: say where the recordings are")
    dataset, _ = data(profile)
    return pseudo_label(
        recordings=wanted.recordings,
        config=wanted.keep,
        dataset=dataset,
        registry=profile.registry,
        folder=str(Workspace().pseudo_labelled),
    )
