"""The settings that the tools of a run read from the environment."""

import os
from pathlib import Path
from typing import Final

from ovoz.environment import remove_foreign_variables
from ovoz.registry.user import user_name
from ovoz.workspace import Workspace

_CODE: Final = Path(__file__).resolve().parents[1]

_SETTINGS: Final = {
    "AUTO_OPEN_DASHBOARD": "false",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "TOKENIZERS_PARALLELISM": "false",
    "UV_NO_CACHE": "1",  # ZenML lists the installed packages by uv, which caches in the home folder
    "ZENML_CUSTOM_SOURCE_ROOT": str(_CODE),  # file dependencies of steps are relative to it
    "ZENML_DISABLE_STEP_LOGS_STORAGE": "true",
    "ZENML_DISABLE_STEP_NAMES_IN_LOGS": "true",
    "ZENML_LOGGING_VERBOSITY": "WARNING",
}


def enter(root: Path) -> list[str]:
    """Make ``root`` the current folder, and let the tools keep their state in its workspace.

    Must run before ZenML is imported, which reads its settings on import. A ZenML or MLflow server
    is chosen by the usual variables of those tools; their other variables have no effect.

    Returns:
        The variables in the shell that have no effect here.

    Raises:
        OSError: The folder cannot be created or entered.
    """
    root.mkdir(parents=True, exist_ok=True)
    os.chdir(root)
    workspace = Workspace(Path.cwd())
    stores = {
        "BENTOML_HOME": workspace.bentoml,
        "DVC_SITE_CACHE_DIR": workspace.dvc_site_cache,
        "ZENML_CONFIG_PATH": workspace.zenml,
        "ZENML_LOCAL_STORES_PATH": workspace.zenml_stores,
    }
    without_effect = remove_foreign_variables(os.environ)
    for name, value in {**_SETTINGS, **stores}.items():
        os.environ[name] = str(value)
    # DVC asks for the user's name, which not every user has, and ends where there is none.
    os.environ["LOGNAME"] = user_name()
    return without_effect
