"""What a store of audio does, and the one that a setting names."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path


class AudioStore(ABC):
    """Bytes by name. Every method blocks; names are relative and have one ``/``."""

    @abstractmethod
    def put(self, key: str, audio: bytes) -> None:
        """Store ``audio``, complete or not at all, in place of what was there.

        Raises:
            OSError: It cannot be stored: the disk is full, the bucket away.
        """

    @abstractmethod
    def get(self, key: str) -> bytes:
        """What lies there.

        Raises:
            OSError: Nothing does (``FileNotFoundError``), or it cannot be read.
        """

    @abstractmethod
    def delete(self, key: str) -> None:
        """Delete what lies there; nothing happens where nothing does.

        Raises:
            OSError: It cannot be deleted.
        """

    @abstractmethod
    def list_keys(self) -> Iterator[str]:
        """Every name, in no order.

        Raises:
            OSError: The store is away.
        """


def open_audio_store(place: str) -> AudioStore:
    """The store in a folder, or at ``s3://bucket/path``.

    Raises:
        ModuleNotFoundError: The extra ``s3`` is not installed.
    """
    if place.startswith("s3://"):
        from collector.storage.object_store import ObjectStore

        return ObjectStore(place)
    from collector.storage.folder_store import FolderStore

    return FolderStore(Path(place))
