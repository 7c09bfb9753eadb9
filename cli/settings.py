"""What the command reads from the environment, once."""

import os

from registry.settings import RegistrySettings


def registry_settings() -> RegistrySettings:
    """The local registry, or the server that ``MLFLOW_TRACKING_URI`` names."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    uri = os.environ.get("MLFLOW_TRACKING_URI")
    return RegistrySettings(tracking_uri=uri) if uri else RegistrySettings()
