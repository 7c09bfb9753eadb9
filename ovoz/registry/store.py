"""One registered model in MLflow: its versions, aliases, tags and files."""

import hashlib
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, TypeVar
from urllib.parse import urlsplit
from urllib.request import url2pathname

from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from ovoz.files import atomic_file, atomic_folder
from ovoz.registry.settings import RegistrySettings
from ovoz.registry.version import RegistryError, UnknownVersionError

_NOT_THERE: Final = {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"}
"""MLflow's error codes for a model, version or alias that it does not have."""

_Answer = TypeVar("_Answer")


class ModelStore:
    """One registered model of an MLflow store.

    Args:
        settings: Where the store is. Reading creates nothing.
        model: The name; by default that of the settings.
    """

    def __init__(self, settings: RegistrySettings, model: str | None = None) -> None:
        self._settings = settings
        self._model = model or settings.model

    def version(self, number: str) -> ModelVersion:
        """One version.

        Raises:
            UnknownVersionError: No version has that number.
        """
        # `int` takes the digits of every script; a version has one name.
        written = number.isascii() and number.isdigit()
        found = (
            self._ask(lambda client: client.get_model_version(self._model, number))
            if written
            else None
        )
        if found is None:
            raise UnknownVersionError(f"{self._model} has no version {number}")
        return found

    def versions(self) -> list[ModelVersion]:
        """All versions, the newest first."""
        found = self._ask(lambda client: client.search_model_versions(f"name='{self._model}'"))
        return sorted(found or [], key=lambda one: int(one.version), reverse=True)

    def aliases(self) -> dict[str, str]:
        """The version that holds each alias."""
        model = self._ask(lambda client: client.get_registered_model(self._model))
        return {alias: str(version) for alias, version in model.aliases.items()} if model else {}

    def point(self, alias: str, version: str) -> None:
        """Move ``alias`` to ``version``."""
        self._client().set_registered_model_alias(self._model, alias, version)

    def set_alias(self, alias: str, version: str | None) -> None:
        """Move ``alias`` to ``version``; with None no version holds it."""
        if version is not None:
            self.point(alias, version)
        elif alias in self.aliases():
            self._client().delete_registered_model_alias(self._model, alias)

    def create_version(self, source: str, tags: dict[str, str]) -> str:
        """Add a version with its tags, all at once; returns its number.

        Raises:
            RegistryError: MLflow did not take it.
        """
        try:
            made = self._client().create_model_version(self._model, source, tags=tags)
        except MlflowException as error:
            raise self._silent(error) from error
        return str(made.version)

    def write_tag(self, version: str, key: str, value: str) -> None:
        """Write a tag on a version, replacing one of the same key."""
        self._client().set_model_version_tag(self._model, version, key, value)

    def set_tags(self, version: str, tags: Mapping[str, str | None]) -> None:
        """Write tags on a version and remove those that are None; a deleted version has none."""
        try:
            present = self.version(version).tags
        except UnknownVersionError:
            return
        for key, value in tags.items():
            if value is not None:
                self.write_tag(version, key, value)
            elif key in present:
                self._client().delete_model_version_tag(self._model, version, key)

    def artifact(self, version: str) -> Path:
        """The model artifact of a version; files that lie elsewhere are fetched once."""
        uri = self._artifact_uri(version)
        folder = self._folder(uri)
        if not _is_local(uri) and not folder.is_dir():
            from mlflow.artifacts import download_artifacts

            server = self._settings.tracking_uri
            with atomic_folder(folder) as unfinished, TemporaryDirectory() as scratch:
                fetched = download_artifacts(uri, tracking_uri=server, dst_path=scratch)
                shutil.copytree(fetched, unfinished, dirs_exist_ok=True)
        return folder

    def artifact_folder(self, version: str) -> Path:
        """Where :meth:`artifact` finds or puts the files of a version; nothing is fetched."""
        return self._folder(self._artifact_uri(version))

    def _artifact_uri(self, version: str) -> str:
        uri = self._client().get_model_version_download_uri(self._model, version)
        return f"{uri}/artifacts/model"

    def _folder(self, uri: str) -> Path:
        if _is_local(uri):
            return Path(url2pathname(urlsplit(uri).path))
        key = hashlib.sha256(f"{self._settings.tracking_uri} {uri}".encode()).hexdigest()[:16]
        return self._settings.downloads.resolve() / key

    def _ask(self, question: Callable[[MlflowClient], _Answer]) -> _Answer | None:
        """MLflow's answer; None when it has no such model, version or alias."""
        try:
            return question(self._client())
        except MlflowException as error:
            if error.error_code in _NOT_THERE:
                return None
            raise self._silent(error) from error

    def _silent(self, error: MlflowException) -> RegistryError:
        return RegistryError(f"the registry {self._settings.tracking_uri} does not answer: {error}")

    def _client(self) -> MlflowClient:
        self._settings.check_database()
        return open_client(self._settings)


def open_client(settings: RegistrySettings) -> MlflowClient:
    """A client of this registry alone: by default MLflow asks the last one that was written to."""
    return MlflowClient(tracking_uri=settings.uri(), registry_uri=settings.uri())


def prepare_store(settings: RegistrySettings) -> None:
    """Create a local database, and the experiment with its artifact location."""
    database = settings.database()
    if database is not None and not database.is_file():
        _create_database(database, settings)
    client = open_client(settings)
    if client.get_experiment_by_name(settings.experiment) is None:
        client.create_experiment(settings.experiment, settings.artifact_location())


def _create_database(database: Path, settings: RegistrySettings) -> None:
    """Create the tables elsewhere: MLflow takes dozens of steps, and stumbles over half of them."""
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    with TemporaryDirectory() as scratch:
        made = Path(scratch) / database.name
        store = SqlAlchemyStore(f"sqlite:///{made}", settings.artifact_location())  # type: ignore[no-untyped-call]
        store.engine.dispose()
        with atomic_file(database) as unfinished:
            shutil.copyfile(made, unfinished)


def _is_local(uri: str) -> bool:
    return uri.startswith(("file:", "/"))
