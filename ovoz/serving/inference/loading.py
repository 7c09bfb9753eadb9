"""The model that the settings name, loaded here or asked elsewhere."""

from ovoz.serving.inference.local_model import LocalModel
from ovoz.serving.inference.model import Model
from ovoz.serving.inference.model_source import local_artifact
from ovoz.serving.inference.remote_model import RemoteModel
from ovoz.serving.settings import ServiceSettings


def load_model(settings: ServiceSettings) -> Model:
    """The model at ``settings.model.url``; without one, as :func:`load_here`.

    Raises:
        ArtifactError: the artifact is damaged, or of another layout version.
        ConnectionError: it is elsewhere and does not answer.
        ModelError: the artifact cannot be had.
        ValueError: the device cannot be had here.
    """
    if settings.model.url:
        return RemoteModel.at(settings.model.url, settings.model.key)
    return load_here(settings)


def load_here(settings: ServiceSettings) -> LocalModel:
    """The model that ``settings.model.id`` names, in this process.

    Raises:
        ArtifactError: the artifact is damaged, or of another layout version.
        ModelError: the artifact cannot be had.
        ValueError: the device cannot be had here.
    """
    artifact = local_artifact(settings.model.id, settings.model.cache)
    inference = settings.inference
    return LocalModel.load(artifact, threads=inference.threads, device=inference.device)
