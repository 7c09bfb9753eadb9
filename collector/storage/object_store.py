"""Audio in a bucket of S3, or of a server that speaks its protocol.

Credentials and endpoint are those of the environment (``AWS_ACCESS_KEY_ID``,
``AWS_ENDPOINT_URL``).
"""

from collections.abc import Iterator
from contextlib import suppress

import s3fs

from collector.storage.audio_store import AudioStore


class ObjectStore(AudioStore):
    """One object per clip; an upload is there as a whole or not at all."""

    def __init__(self, url: str) -> None:
        self._root = url.removeprefix("s3://").rstrip("/")
        # Listings are not kept: other processes write too.
        self._s3 = s3fs.S3FileSystem(use_listings_cache=False)

    def put(self, key: str, audio: bytes) -> None:
        """As :meth:`AudioStore.put`."""
        self._s3.pipe_file(f"{self._root}/{key}", audio)

    def get(self, key: str) -> bytes:
        """As :meth:`AudioStore.get`."""
        audio: bytes = self._s3.cat_file(f"{self._root}/{key}")
        return audio

    def delete(self, key: str) -> None:
        """As :meth:`AudioStore.delete`."""
        with suppress(FileNotFoundError):
            self._s3.rm_file(f"{self._root}/{key}")

    def list_keys(self) -> Iterator[str]:
        """As :meth:`AudioStore.list_keys`."""
        for path in self._s3.find(self._root):
            yield str(path).removeprefix(f"{self._root}/")
