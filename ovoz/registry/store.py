"""The registered model as MLflow keeps it: versions, aliases, tags, files."""

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, TypeVar
from urllib.parse import urlsplit
from urllib.request import url2pathname

from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from ovoz.engine.artifact.storage import new_directory
from ovoz.registry.settings import RegistrySettings
from ovoz.registry.version import RegistryError, UnknownVersionError

_NOT_THERE: Final = {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"}
"""What MLflow answers to the name of a model, version or alias that it does not have."""

_Answer = TypeVar("_Answer")


class Store:
    """One registered model of an MLflow store.

    Args:
        settings: Where it is. Nothing is created by reading.
    """

    def __init__(self, settings: RegistrySettings) -> None:
        self._settings = settings
        self._model = settings.model

    def version(self, number: str) -> ModelVersion:
        """One version.

        Raises:
            UnknownVersionError: There is none of that number.
        """
        found = self._ask(lambda client: client.get_model_version(self._model, number))
        if found is None:
            raise UnknownVersionError(f"{self._model} has no version {number}")
        return found

    def versions(self) -> list[ModelVersion]:
        """All versions, the newest first."""
        found = self._ask(lambda client: client.search_model_versions(f"name='{self._model}'"))
        return sorted(found or [], key=lambda one: int(one.version), reverse=True)

    def aliases(self) -> dict[str, str]:
        """Version of every alias that is held."""
        model = self._ask(lambda client: client.get_registered_model(self._model))
        return {alias: str(version) for alias, version in model.aliases.items()} if model else {}

    def point(self, alias: str, version: str) -> None:
        """Give ``alias`` to ``version``; nobody else holds it then."""
        self._client().set_registered_model_alias(self._model, alias, version)

    def write_tag(self, version: str, key: str, value: str) -> None:
        """Write a tag on a version; it replaces an older one."""
        self._client().set_model_version_tag(self._model, version, key, value)

    def remove_tag(self, version: str, key: str) -> None:
        """Remove a tag from a version, where it is there."""
        if key in self.version(version).tags:
            self._client().delete_model_version_tag(self._model, version, key)

    def artifact(self, version: str) -> Path:
        """The model artifact of a version; fetched once when the files lie elsewhere."""
        uri = self._client().get_model_version_download_uri(self._model, version)
        if uri.startswith(("file:", "/")):
            return Path(url2pathname(urlsplit(uri).path)) / "artifacts" / "model"
        return self._fetched(f"{uri}/artifacts/model")

    def _fetched(self, uri: str) -> Path:
        from mlflow.artifacts import download_artifacts

        server = self._settings.tracking_uri
        key = hashlib.sha256(f"{server} {uri}".encode()).hexdigest()[:16]
        folder = self._settings.downloads.resolve() / key
        if not folder.is_dir():
            with new_directory(folder) as unfinished, TemporaryDirectory() as scratch:
                fetched = download_artifacts(uri, tracking_uri=server, dst_path=scratch)
                shutil.copytree(fetched, unfinished, dirs_exist_ok=True)
        return folder

    def _ask(self, question: Callable[[MlflowClient], _Answer]) -> _Answer | None:
        """MLflow's answer; None when it says that there is no such thing."""
        try:
            return question(self._client())
        except MlflowException as error:
            if error.error_code in _NOT_THERE:
                return None
            raise RegistryError(
                f"the registry {self._settings.tracking_uri} does not answer: {error}"
            ) from error

    def _client(self) -> MlflowClient:
        """A client; refuses to make an empty database where none is."""
        database = self._settings.database()
        if database is not None and not database.is_file():
            raise UnknownVersionError(
                f"no registry at {database}: run the pipeline here (`make run`), go to the folder"
                " where it ran, or name a server in MLFLOW_TRACKING_URI"
            )
        return MlflowClient(tracking_uri=self._settings.uri())


def prepare_store(settings: RegistrySettings) -> None:
    """Make the folders of a local store and the experiment, whose files lie where settings say."""
    if (database := settings.database()) is not None:
        database.parent.mkdir(parents=True, exist_ok=True)
    client = MlflowClient(tracking_uri=settings.uri())
    if client.get_experiment_by_name(settings.experiment) is None:
        client.create_experiment(settings.experiment, settings.artifact_location())
