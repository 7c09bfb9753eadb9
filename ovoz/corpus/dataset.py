"""A corpus on disk at one version."""

from pathlib import Path

from pydantic import BaseModel


class CorpusVersion(BaseModel):
    """A corpus on disk at one version: ``folder`` holds ``manifest.parquet`` and the audio."""

    folder: str
    version: str

    @property
    def manifest(self) -> Path:
        """Path of the manifest."""
        return Path(self.folder) / "manifest.parquet"
