"""What the command reads from the environment, once, and the registry it names."""

import os

from ovoz.cli.errors import stop
from ovoz.registry.settings import RegistrySettings
from ovoz.registry.version import RegisteredModel, RegistryError


def registry_settings(base: RegistrySettings | None = None) -> RegistrySettings:
    """``base``, by default the local registry, at the server that ``MLFLOW_TRACKING_URI`` names."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    settings = base or RegistrySettings()
    uri = os.environ.get("MLFLOW_TRACKING_URI")
    return settings.model_copy(update={"tracking_uri": uri}) if uri else settings


def registered_model(alias: str) -> RegisteredModel:
    """The version that holds ``alias``; ends the command when there is none."""
    from ovoz.registry.pointer import resolve

    try:
        return resolve(registry_settings(), alias)
    except RegistryError as error:
        stop(error)
