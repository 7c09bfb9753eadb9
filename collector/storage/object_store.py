"""Audio in a bucket of S3, or of a server that speaks its protocol.

Credentials and endpoint are those of the environment (``AWS_ACCESS_KEY_ID``,
``AWS_ENDPOINT_URL``).
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

import s3fs
from botocore.exceptions import BotoCoreError

from collector.storage.audio_store import AudioStore

_LIMITS: Final = {"connect_timeout": 5, "read_timeout": 30, "retries": {"max_attempts": 2}}
"""In seconds; boto's own are a minute each, five times."""


class ObjectStore(AudioStore):
    """One object per clip; an upload is there as a whole or not at all."""

    def __init__(self, url: str) -> None:
        self._root = url.removeprefix("s3://").rstrip("/")
        # Listings are not kept: other processes write too.
        self._s3 = s3fs.S3FileSystem(use_listings_cache=False, config_kwargs=_LIMITS)

    def put(self, key: str, audio: bytes) -> None:
        """As :meth:`AudioStore.put`."""
        with _told_as_promised():
            self._s3.pipe_file(f"{self._root}/{key}", audio)

    def get(self, key: str) -> bytes:
        """As :meth:`AudioStore.get`."""
        with _told_as_promised():
            audio: bytes = self._s3.cat_file(f"{self._root}/{key}")
        return audio

    def delete(self, key: str) -> None:
        """As :meth:`AudioStore.delete`."""
        with _told_as_promised(), suppress(FileNotFoundError):
            self._s3.rm_file(f"{self._root}/{key}")

    def list_keys(self) -> Iterator[str]:
        """As :meth:`AudioStore.list_keys`."""
        with _told_as_promised():
            paths = self._s3.find(self._root)
        for path in paths:
            yield str(path).removeprefix(f"{self._root}/")


@contextmanager
def _told_as_promised() -> Iterator[None]:
    """Errors of the connection as ``OSError``: s3fs translates only those that the server tells."""
    try:
        yield
    except BotoCoreError as error:
        raise ConnectionError(f"S3 does not answer: {type(error).__name__}") from error
