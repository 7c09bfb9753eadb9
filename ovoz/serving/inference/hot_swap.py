"""The version that holds an alias of the registry takes the place of the one that is served.

It is loaded and tried beside the old one, which answers meanwhile. Whoever has begun with a model
holds it: requests, sockets and recordings of jobs end on the version that they began with.
"""

import asyncio
import logging
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final, Protocol

from ovoz.audio.signal import Seconds
from ovoz.engine.artifact.storage import ArtifactError, read_description
from ovoz.serving.inference.loading import HolderOf, load_found
from ovoz.serving.inference.local_model import LocalModel
from ovoz.serving.inference.model import Model
from ovoz.serving.inference.model_source import (
    FoundArtifact,
    ModelError,
    fetch_version,
    is_alias,
    note_served,
    remove_versions,
)
from ovoz.serving.inference.self_check import UnfitModelError, check_memory, check_model
from ovoz.serving.settings import ServiceSettings
from ovoz.serving.supervision import Heartbeat, Supervised
from ovoz.serving.telemetry import metrics

_JITTER: Final = 0.2
_LONGEST_PAUSE_S: Final = 900.0
_LOG: Final = logging.getLogger(__name__)


class Serving(Protocol):
    """What serves a model; a request takes the model that is there when it begins."""

    model: Model | None


class HotSwap:
    """Follows an alias.

    Args:
        serving: Whose model is replaced.
        settings: Those of the service.
        holder_of: Asks the registry.
        uri: ``models:/name@alias``.
        work: The name of this work in logs and figures.
        stays: Whether the model stays when no version holds the alias any more.
    """

    def __init__(
        self,
        serving: Serving,
        settings: ServiceSettings,
        holder_of: HolderOf,
        uri: str,
        work: str = "model alias",
        *,
        stays: bool = True,
    ) -> None:
        self._serving = serving
        self._settings = settings
        self._holder_of = holder_of
        self._uri = uri
        self._work = work
        self._stays = stays
        self._asked = asyncio.Event()
        self._stopped = asyncio.Event()
        self._heartbeat = Heartbeat(work)
        self._refused: str | None = None
        self._again_at: Seconds = 0.0
        self._pause_s: Seconds = 0.0
        self.trouble = ""
        """Why the version that holds the alias is not served; empty when it is."""

    @property
    def age_s(self) -> Seconds:
        """Seconds since the registry answered last."""
        return self._heartbeat.age_s

    def refresh_soon(self) -> None:
        """Ask the registry now, and try again what was refused."""
        self._again_at = 0.0
        self._asked.set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Follow the alias inside of the block."""
        following = Supervised(self._work, self._follow, self._stopped).start()
        try:
            yield
        finally:
            self._stopped.set()
            following.cancel()
            with suppress(asyncio.CancelledError):
                await following

    async def _follow(self) -> None:
        while not self._stopped.is_set():
            await self.look()
            pause_s = self._settings.model.poll_s * random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311  (no secret)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._asked.wait(), pause_s)
            self._asked.clear()

    async def look(self) -> None:
        """Ask who holds the alias, and serve that version where it is another one."""
        try:
            version = await asyncio.to_thread(self._holder_of, self._uri)
        except ConnectionError as error:
            self._note(str(error))
            return
        self._heartbeat.beat()
        served = self._serving.model.info.registered if self._serving.model else None
        if version is None and self._stays:
            self._note(f"no version holds {self._uri}")
        elif version is None:
            self._serving.model = None
            self._note("")
        elif version == served:
            self._note("")
            self._refused, self._pause_s = None, 0.0
        elif version != self._refused or time.monotonic() >= self._again_at:
            await self._change(version, served)

    async def _change(self, version: str, served: str | None) -> None:
        started = time.perf_counter()
        try:
            model = await asyncio.to_thread(self._prepare, version)
        except (ArtifactError, ModelError, OSError, UnfitModelError, ValueError) as error:
            self._refuse(version, error)
            return
        self._serving.model = model  # between two batches: a batch holds its model
        self._refused, self._pause_s = None, 0.0
        self._note("")
        metrics.MODEL_SWAPS.labels("swapped").inc()
        _LOG.warning(
            "version %s (%s) takes the place of version %s (%s), loaded and checked in %.1f s",
            version, model.info.version, served or "none", self._work,
            time.perf_counter() - started,
        )  # fmt: skip
        await asyncio.to_thread(self._tidy, version, served)

    def _tidy(self, version: str, former: str | None) -> None:
        """Keep the files of two versions: a roll-back may come soon."""
        cache = self._settings.model.cache
        note_served(self._uri, cache, version)
        remove_versions(self._uri, cache, besides={version, former or version})

    def _prepare(self, version: str) -> LocalModel:
        """Fetch, load, warm and check a version; runs in a thread beside the requests."""
        found: FoundArtifact = fetch_version(self._uri, version, self._settings.model.cache)
        check_memory(found.folder, read_description(found.folder))
        model = load_found(found, self._settings)
        check_model(model, found.folder)
        return model

    def _refuse(self, version: str, error: Exception) -> None:
        self._pause_s = min(_LONGEST_PAUSE_S, 2 * self._pause_s or self._settings.model.poll_s)
        self._again_at = time.monotonic() + self._pause_s
        self._refused = version
        metrics.MODEL_SWAPS.labels("refused").inc()
        self._note(f"version {version} is refused: {error}")

    def _note(self, trouble: str) -> None:
        """Log a change of the state, once."""
        if trouble and trouble != self.trouble:
            _LOG.error("%s; the model that is served stays", trouble)
        elif self.trouble and not trouble:
            _LOG.warning("the %s is followed again", self._work)
        self.trouble = trouble


def configured_swap(
    serving: Serving, settings: ServiceSettings, holder_of: HolderOf | None
) -> HotSwap | None:
    """What follows the alias; None where the model is no alias, or in another process."""
    if holder_of is None or settings.model.url or not is_alias(settings.model.id):
        return None
    return HotSwap(serving, settings, holder_of, settings.model.id)
