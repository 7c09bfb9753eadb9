"""Where the registry is and what the model is called in it."""

from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict

_SQLITE: Final = "sqlite:///"


class RegistrySettings(BaseModel):
    """An MLflow server or a local SQLite file.

    ``tracking_uri`` is a server's URL or ``sqlite:///`` and a path. ``artifacts`` is where a new
    experiment keeps its files: a local folder here, an object store's URI with a server.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    tracking_uri: str = "sqlite:///.ovoz/mlflow/mlflow.db"
    artifacts: str = ".ovoz/mlflow/artifacts"
    experiment: str = "ovoz"
    model: str = "ovoz-uz-ru"

    def artifact_location(self) -> str:
        """``artifacts`` as a URI."""
        return (
            self.artifacts if "://" in self.artifacts else Path(self.artifacts).resolve().as_uri()
        )

    def database(self) -> Path | None:
        """The SQLite file; None when a server is used."""
        if not self.tracking_uri.startswith(_SQLITE):
            return None
        return Path(self.tracking_uri.removeprefix(_SQLITE))
