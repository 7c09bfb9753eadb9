"""The model that the settings name, loaded here or asked elsewhere."""

from ovoz.serving.inference.local_model import LocalModel
from ovoz.serving.inference.model import Model
from ovoz.serving.inference.remote_model import RemoteModel
from ovoz.serving.settings import ServiceSettings
from ovoz.serving.startup.checks import reachable_model


def load_model(settings: ServiceSettings) -> Model:
    """The model at ``settings.model_url``; without one, as :func:`load_here`.

    Raises:
        ArtifactError: the artifact is damaged, or of another layout version.
        ConnectionError: it is elsewhere and does not answer.
        StartError: the artifact cannot be had.
        ValueError: the device cannot be had here.
    """
    if settings.model_url:
        return RemoteModel.at(settings.model_url, settings.model_key)
    return load_here(settings)


def load_here(settings: ServiceSettings) -> LocalModel:
    """The model that ``settings.model_id`` names, in this process.

    Raises:
        ArtifactError: the artifact is damaged, or of another layout version.
        StartError: the artifact cannot be had.
        ValueError: the device cannot be had here.
    """
    artifact = reachable_model(settings)
    return LocalModel.load(artifact, threads=settings.threads, device=settings.device)
