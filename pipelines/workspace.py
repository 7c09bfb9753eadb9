"""Where a run keeps its state, and the settings its tools read from the environment.

Everything lives in the workspace (the current folder, or the one given with ``--workspace``):
``data/`` under DVC, ``reports/`` and ``metrics/`` for people, ``.ovoz/`` for the stores of ZenML,
MLflow and BentoML. Removing the folder removes every trace.
"""

import os
from pathlib import Path

CODE = Path(__file__).resolve().parents[1]
"""Folder of the source code; the root to which ZenML's file dependencies are relative."""

DATA = Path("data")
REPORTS = Path("reports")
METRICS = Path("metrics")
STATE = Path(".ovoz")
PSEUDO_LABELLED = Path("pseudo-labelled")
SEGMENTED = Path("segmented")
SPLICED = Path("spliced")

_QUIET = {
    "AUTO_OPEN_DASHBOARD": "false",
    "BENTOML_DO_NOT_TRACK": "True",
    "DVC_NO_ANALYTICS": "1",
    "GX_ANALYTICS_ENABLED": "false",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "TOKENIZERS_PARALLELISM": "false",
    "ZENML_ANALYTICS_OPT_IN": "false",
    "ZENML_DISABLE_STEP_LOGS_STORAGE": "true",
    "ZENML_DISABLE_STEP_NAMES_IN_LOGS": "true",
    "ZENML_LOGGING_VERBOSITY": "INFO",
}


def enter(workspace: Path) -> None:
    """Make ``workspace`` the current folder and settle the tools in it.

    Must run before ZenML is imported, which reads its settings on import. A variable that is
    already set wins, so a ZenML or MLflow server is chosen by the usual variables of those tools.

    Raises:
        OSError: The folder cannot be created or entered.
    """
    workspace.mkdir(parents=True, exist_ok=True)
    os.chdir(workspace)
    state = STATE.resolve()
    settings = _QUIET | {
        "ZENML_CONFIG_PATH": str(state / "zenml"),
        "ZENML_LOCAL_STORES_PATH": str(state / "zenml-stores"),
        "BENTOML_HOME": str(state / "bentoml"),
    }
    for name, value in settings.items():
        os.environ.setdefault(name, value)


def anchor_sources() -> None:
    """Tell ZenML where the code lies when the workspace is another folder."""
    from zenml.utils import source_utils

    source_utils.set_custom_source_root(str(CODE))
