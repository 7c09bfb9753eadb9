"""Audio in a folder."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from collector.storage.audio_store import AudioStore
from ovoz.files import atomic_file


class FolderStore(AudioStore):
    """One folder per speaker, one file per clip; readable by the owner alone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, key: str, audio: bytes) -> None:
        """As :meth:`AudioStore.put`."""
        with atomic_file(self._folder / key) as unfinished:
            unfinished.touch(0o600)
            unfinished.write_bytes(audio)

    def get(self, key: str) -> bytes:
        """As :meth:`AudioStore.get`."""
        return (self._folder / key).read_bytes()

    def delete(self, key: str) -> None:
        """As :meth:`AudioStore.delete`; a speaker's folder goes with its last file."""
        path = self._folder / key
        path.unlink(missing_ok=True)
        with suppress(OSError):  # others are still in it
            path.parent.rmdir()

    def list_keys(self) -> Iterator[str]:
        """As :meth:`AudioStore.list_keys`."""
        for path in self._folder.glob("*/*"):
            yield path.relative_to(self._folder).as_posix()
