"""Calls on disk until their job is accepted: nothing is lost while the service is away."""

import logging
import time
import wave
from pathlib import Path
from typing import Final

from ovoz_client import AsyncClient, OvozError

_LOG: Final = logging.getLogger(__name__)
_COPY_BYTES: Final = 1 << 20
_SUFFIX: Final = ".s16le"


class Recording:
    """The audio of one side of a call, as it comes.

    Args:
        folder: that exists.
        call_id: of the call.
        track: ``caller`` or ``callee``.
        sample_rate: in Hz.
    """

    def __init__(self, folder: Path, call_id: str, track: str, sample_rate: int) -> None:
        name = f"{call_id}_{track}_{time.time_ns()}_{sample_rate}{_SUFFIX}"
        self.path = folder / name
        self._file = self.path.open("wb")

    def write(self, audio: bytes) -> None:
        """Add audio."""
        self._file.write(audio)

    def close(self) -> None:
        """No more audio."""
        self._file.close()


class Recordings:
    """Hands recordings to the service.

    Args:
        folder: where they lie; made if need be.
        client: of the service.
        webhook_url: where the service reports a finished job.
    """

    def __init__(self, folder: Path, client: AsyncClient, webhook_url: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._client = client
        self._webhook_url = webhook_url

    def left_over(self) -> list[Path]:
        """Recordings of an earlier bridge."""
        return sorted(self.folder.glob(f"*{_SUFFIX}"))

    async def submit(self, path: Path) -> str | None:
        """The job of a recording, which is then deleted; None where it has no audio.

        The name of the file is the key of the job, so that asking again makes no second one.

        Raises:
            OvozError: The service does not accept it; it stays in the folder.
        """
        if not path.stat().st_size:
            path.unlink()
            return None
        readable = path.with_suffix(".wav")
        try:
            _write_wav(path, readable, rate=int(path.stem.rpartition("_")[2]))
            with readable.open("rb") as file:
                job = await self._client.create_job(
                    [file], webhook_url=self._webhook_url, idempotency_key=path.stem
                )
        finally:
            readable.unlink(missing_ok=True)
        path.unlink()
        return job.id

    async def submit_left_over(self) -> None:
        """Hand over what an earlier bridge could not."""
        for path in self.left_over():
            try:
                await self.submit(path)
            except (OvozError, OSError, ValueError) as error:
                _LOG.error("%s stays in the folder: %s", path.name, error)


def _write_wav(raw: Path, readable: Path, rate: int) -> None:
    with raw.open("rb") as source, wave.open(str(readable), "wb") as target:
        target.setnchannels(1)
        target.setsampwidth(2)
        target.setframerate(rate)
        while piece := source.read(_COPY_BYTES):
            target.writeframesraw(piece)
