"""The model that the settings name, loaded here or asked elsewhere."""

import logging
from collections.abc import Callable
from typing import Final

from ovoz.serving.inference.local_model import LocalModel
from ovoz.serving.inference.model import Model
from ovoz.serving.inference.model_source import (
    FoundArtifact,
    ModelError,
    fetch_version,
    is_alias,
    local_artifact,
    note_served,
    served_last,
)
from ovoz.serving.inference.remote_model import RemoteModel
from ovoz.serving.settings import ServiceSettings

_LOG: Final = logging.getLogger(__name__)

HolderOf = Callable[[str], str | None]
"""From ``models:/name@alias`` to the number of the version that holds it; None for no version.

Raises a ConnectionError when the registry does not answer. May take seconds.
"""


def load_model(settings: ServiceSettings, holder_of: HolderOf | None = None) -> Model:
    """The model at ``settings.model.url``; without one, as :func:`load_here`.

    Raises:
        ArtifactError: the artifact is damaged, or of another layout version.
        ConnectionError: it is elsewhere and does not answer.
        ModelError: the artifact cannot be had.
        ValueError: the device cannot be had here.
    """
    if settings.model.url:
        return RemoteModel.at(settings.model.url, settings.model.key)
    return load_here(settings, holder_of)


def load_here(settings: ServiceSettings, holder_of: HolderOf | None = None) -> LocalModel:
    """The model that ``settings.model.id`` names, in this process.

    Where that is an alias and the registry does not give the version, the one that was served last
    is taken; ``holder_of`` asks the registry.

    Raises:
        ArtifactError: the artifact is damaged, or of another layout version.
        ModelError: the artifact cannot be had.
        ValueError: the device cannot be had here.
    """
    named, cache = settings.model.id, settings.model.cache
    if holder_of is None or not is_alias(named):
        return load_found(local_artifact(named, cache), settings)
    try:
        version = holder_of(named)
        if version is None:
            raise ModelError(f"no version holds {named}")
        found = fetch_version(named, version, cache)
    except (ConnectionError, ModelError) as error:
        served = served_last(named, cache)
        if served is None:
            raise ModelError(f"{named}: {error}") from error
        _LOG.error("%s; version %s, which was served last, is taken", error, served.registered)
        return load_found(served, settings)
    note_served(named, cache, version)
    return load_found(found, settings)


def load_others(settings: ServiceSettings) -> tuple[LocalModel, ...]:
    """The models that ``settings.model.others`` names, in this process.

    Raises:
        ArtifactError: an artifact is damaged, or of another layout version.
        ModelError: an artifact cannot be had.
        ValueError: the device cannot be had here.
    """
    named = [name.strip() for name in settings.model.others.split(",") if name.strip()]
    cache = settings.model.cache
    return tuple(load_found(local_artifact(name, cache), settings) for name in named)


def load_found(found: FoundArtifact, settings: ServiceSettings) -> LocalModel:
    """An artifact on this machine, in this process.

    Raises:
        ArtifactError: the artifact is damaged, or of another layout version.
        ValueError: the device cannot be had here.
    """
    inference = settings.inference
    return LocalModel.load(
        found.folder,
        threads=inference.threads,
        device=inference.device,
        registered=found.registered,
    )
