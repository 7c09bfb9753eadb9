"""Segments: utterances out of long recordings with a transcript, as another corpus."""

from typing import Any

from zenml import pipeline

from ovoz.profile import Profile, ProfileError
from ovoz.workspace import Workspace
from steps.segment import segment_recordings


@pipeline
def segments(profile: Profile) -> Any:
    """From long recordings to rows that the next corpus may take in."""
    wanted = profile.long_recordings
    if wanted is None:
        raise ProfileError("the profile has no long_recordings: say where they are")
    return segment_recordings(
        recordings=wanted.recordings,
        config=wanted.keep,
        registry=profile.registry,
        folder=str(Workspace().segmented),
    )
