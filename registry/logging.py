"""Log a model artifact to MLflow as a pyfunc with a signature."""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import mlflow
from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, DataType, Schema

from registry.settings import RegistrySettings

_CODE: Final = Path(__file__).resolve().parents[1]
_REQUIREMENTS: Final = (
    "av",
    "flashlight-text",
    "numpy",
    "onnxruntime",
    "pandas",
    "pydantic",
    "scipy",
    "soundfile",
    "soxr",
)

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


def log_version(settings: RegistrySettings, artifact: Path) -> ModelVersion:
    """Log the artifact in a run of its own and create a version of the registered model."""
    from importlib.metadata import version

    mlflow.set_tracking_uri(settings.tracking_uri)
    mlflow.set_experiment(settings.experiment)
    with mlflow.start_run(run_name="register"), TemporaryDirectory() as scratch:
        # MLflow keeps the folder's own name; the registry looks for this one.
        shutil.copytree(artifact, named := Path(scratch) / "model")
        logged = mlflow.pyfunc.log_model(
            name="model",
            python_model=str(_CODE / "registry" / "served_model.py"),
            artifacts={"model": str(named)},
            code_paths=[str(_CODE / "ovoz")],
            pip_requirements=[f"{name}=={version(name)}" for name in _REQUIREMENTS],
            signature=SIGNATURE,
            registered_model_name=settings.model,
        )
    client = MlflowClient(tracking_uri=settings.tracking_uri)
    return client.get_model_version(settings.model, logged.registered_model_version)
