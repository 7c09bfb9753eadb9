"""Datasets as artifacts of ZenML, so that a step on another machine finds the same rows."""

import hashlib
from pathlib import Path
from typing import Any, ClassVar, Final

from zenml.enums import ArtifactType
from zenml.io import fileio
from zenml.materializers import PathMaterializer
from zenml.materializers.base_materializer import BaseMaterializer

from ovoz.corpus.dataset import Dataset
from ovoz.corpus.manifest import MANIFEST_FILE

_DATASET_FILE: Final = "dataset.json"


class DatasetMaterializer(BaseMaterializer):
    """Stores what nothing else keeps.

    Where DVC has the audio (the dataset has a ``version``), the manifest alone is stored, and the
    audio is read below ``root``. Otherwise the folder is stored with manifest and audio.
    """

    ASSOCIATED_TYPES: ClassVar[tuple[type[Any], ...]] = (Dataset,)
    ASSOCIATED_ARTIFACT_TYPE: ClassVar[ArtifactType] = ArtifactType.DATA

    def save(self, data: Dataset) -> None:
        """Store a dataset in the artifact store."""
        with fileio.open(self._file(_DATASET_FILE), "w") as stream:
            stream.write(data.model_dump_json())
        if data.version is None:
            PathMaterializer(self.uri, self.artifact_store).save(data.root)
        else:
            fileio.copy(str(data.manifest), self._file(MANIFEST_FILE))

    def load(self, data_type: type[Dataset]) -> Dataset:
        """Fetch a dataset; its manifest lies in a folder that lasts until the step ends."""
        with fileio.open(self._file(_DATASET_FILE), "r") as stream:
            stored = data_type.model_validate_json(stream.read())
        if stored.version is None:
            return data_type.in_folder(PathMaterializer(self.uri, self.artifact_store).load(Path))
        with self.get_temporary_directory(delete_at_exit=False) as folder:
            manifest = Path(folder) / MANIFEST_FILE
            fileio.copy(self._file(MANIFEST_FILE), str(manifest))
        return stored.model_copy(update={"manifest": manifest})

    def compute_content_hash(self, data: Dataset) -> str:
        """Digest of the rows and the version: equal ones spare the steps that read the dataset.

        The rows hold the SHA-256 of every clip.
        """
        digest = hashlib.sha256(data.manifest.read_bytes())
        digest.update(f"{data.version} {data.root if data.version else ''}".encode())
        return digest.hexdigest()

    def _file(self, name: str) -> str:
        return f"{self.uri}/{name}"
