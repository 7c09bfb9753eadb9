"""Model artifacts logged to MLflow as a pyfunc with a signature."""

import shutil
import warnings
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import mlflow
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, DataType, Schema

from ovoz.registry.settings import RegistrySettings

# MLflow copies the library and the model's script from folders on disk.
_LIBRARY: Final = Path(__file__).resolve().parents[1]

REQUIREMENTS: Final = (
    "av",
    "flashlight-text",
    "mlflow",
    "num2words",
    "numpy",
    "onnxruntime",
    "pandas",
    "psutil",
    "pydantic",
    "pyyaml",
    "scipy",
    "soundfile",
    "soxr",
)
"""Distributions that the logged model imports; a test compares them with the loaded modules."""

SIGNATURE: Final = ModelSignature(
    inputs=Schema([ColSpec(DataType.string, "audio")]),
    outputs=Schema(
        [
            ColSpec(DataType.string, "text"),
            ColSpec(DataType.string, "language"),
            ColSpec(DataType.double, "confidence"),
            ColSpec(DataType.string, "words"),
        ]
    ),
)


def log_version(settings: RegistrySettings, artifact: Path) -> str:
    """Log the artifact in a run of its own and create a version of the registered model.

    Returns:
        The version's number. The version has no alias and no tag yet.
    """
    mlflow.set_tracking_uri(settings.uri())
    mlflow.set_experiment(settings.experiment)
    with (
        mlflow.start_run(run_name="register"),
        TemporaryDirectory() as scratch,
        warnings.catch_warnings(),
    ):
        # MLflow would transcribe an input example while logging; the signature is given instead.
        warnings.filterwarnings("ignore", message=".*input example was not provided")
        # MLflow keeps the name of the folder, and the registry looks for "model".
        shutil.copytree(artifact, named := Path(scratch) / "model")
        logged = mlflow.pyfunc.log_model(
            name="model",
            python_model=str(_LIBRARY / "registry" / "served_model.py"),
            artifacts={"model": str(named)},
            code_paths=[str(_LIBRARY)],
            pip_requirements=[f"{name}=={version(name)}" for name in REQUIREMENTS],
            signature=SIGNATURE,
            registered_model_name=settings.model,
        )
    return str(logged.registered_model_version)
