"""Variables that other tools read: those of another project in the shell have no effect here."""

from collections.abc import MutableMapping
from typing import Final

NO_TELEMETRY: Final = {
    "BENTOML_DO_NOT_TRACK": "True",
    "DO_NOT_TRACK": "1",  # Evidently
    "DVC_NO_ANALYTICS": "1",
    "GX_ANALYTICS_ENABLED": "false",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "ORT_DISABLE_TELEMETRY": "1",
    "ZENML_ANALYTICS_OPT_IN": "false",
}
"""No tool tells its maker of its use, or keeps a number for that in the home folder."""

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
