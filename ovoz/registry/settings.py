"""Location of the registry and the name of the model in it."""

from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict

from ovoz.registry.version import UnknownVersionError
from ovoz.workspace import Workspace

_SQLITE: Final = "sqlite:///"
_HERE: Final = Workspace()


class PromotionConfig(BaseModel):
    """``to`` is the alias that the pipeline ``promotion`` ends with.

    With ``canary`` live traffic has the last word: ``ovoz canary watch`` promotes the version or
    withdraws it. Where nothing is in production, the version goes there.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    to: Literal["canary", "production"] = "production"


class RegistrySettings(BaseModel):
    """An MLflow server or a local SQLite file.

    ``tracking_uri`` is a server's URL, or ``sqlite:///`` and a path. ``artifacts`` is where a new
    experiment keeps its files: a local folder, or an object store's URI with a server. Files in an
    object store are fetched once, into ``downloads``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    tracking_uri: str = f"{_SQLITE}{_HERE.mlflow_database}"
    artifacts: str = str(_HERE.mlflow_artifacts)
    downloads: Path = _HERE.downloads
    experiment: str = "ovoz"
    model: str = "ovoz-uz-ru"

    def uri(self) -> str:
        """``tracking_uri``, absolute: MLflow keeps the first file that a relative one named."""
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

    def check_database(self) -> None:
        """Refuse a local registry that does not exist; MLflow would create an empty one.

        Raises:
            UnknownVersionError: There is no such file.
        """
        database = self.database()
        if database is not None and not database.is_file():
            raise UnknownVersionError(
                f"no registry at {database}: run the pipeline here (`make run`), go to the folder"
                " where it ran, or name a server in MLFLOW_TRACKING_URI"
            )
