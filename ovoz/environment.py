"""Variables that other tools read: those of another project in the shell have no effect here."""

from collections.abc import MutableMapping
from typing import Final

from ovoz.telemetry_off import NO_TELEMETRY

_TOOLS: Final = ("BENTOML_", "DVC_", "MLFLOW_", "ZENML_")

SETTINGS: Final = (
    "MLFLOW_TRACKING_",
    "MLFLOW_S3_",
    "MLFLOW_HTTP_REQUEST_",
    "MLFLOW_FLASK_SERVER_SECRET_KEY",
    "MLFLOW_AUTH_CONFIG_PATH",
    "ZENML_STORE_",
)
"""First letters of the variables that choose a server and sign in to it; docs/registry.md."""


def remove_foreign_variables(environ: MutableMapping[str, str]) -> list[str]:
    """Remove variables by which a shell would send this project's records elsewhere.

    An experiment, run, registry or configuration folder of another project would be written to:
    ``MLFLOW_REGISTRY_URI``, ``MLFLOW_RUN_ID``, ``ZENML_CONFIG_PATH``, ``BENTOML_HOME``…

    Returns:
        The names of the removed variables, sorted.
    """
    foreign = sorted(
        name
        for name in environ.keys() - NO_TELEMETRY.keys()
        if name.startswith(_TOOLS) and not name.startswith(SETTINGS)
    )
    for name in foreign:
        del environ[name]
    return foreign
