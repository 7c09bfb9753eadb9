"""Where the registry is and what the model is called in it."""

from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict

_SQLITE: Final = "sqlite:///"


class RegistrySettings(BaseModel):
    """An MLflow server or a local SQLite file.

    ``tracking_uri`` is a server's URL or ``sqlite:///`` and a path. ``artifacts`` is where a new
    experiment keeps its files: a local folder here, an object store's URI with a server, whose
    files are fetched once into ``downloads``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    tracking_uri: str = "sqlite:///.ovoz/mlflow/mlflow.db"
    artifacts: str = ".ovoz/mlflow/artifacts"
    downloads: Path = Path(".ovoz/downloads")
    experiment: str = "ovoz"
    model: str = "ovoz-uz-ru"

    def uri(self) -> str:
        """``tracking_uri``, absolute: MLflow remembers the file that a relative one named first."""
        database = self.database()
        return f"{_SQLITE}{database.resolve()}" if database else self.tracking_uri

    def artifact_location(self) -> str:
        """``artifacts`` as a URI."""
        is_uri = urlsplit(self.artifacts).scheme != ""
        return self.artifacts if is_uri else Path(self.artifacts).resolve().as_uri()

    def database(self) -> Path | None:
        """The SQLite file; None when a server is used."""
        if not self.tracking_uri.startswith(_SQLITE):
            return None
        return Path(self.tracking_uri.removeprefix(_SQLITE))
