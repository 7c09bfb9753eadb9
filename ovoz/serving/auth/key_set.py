"""The issuer's key set (JWKS, RFC 7517) at a URL, kept while its endpoint is away.

PyJWT's own client blocks a thread per request, has a deadline per read only, and knows no keys
once its five minutes are over.
"""

import asyncio
import logging
import math
import time
from typing import Any, Final

import httpx
import jwt

from ovoz.serving.neighbours import NeighbourState, age_s
from ovoz.serving.problems import ProblemError
from ovoz.serving.token_settings import Algorithm

_FRESH_S: Final = 300.0
_STALE_S: Final = 24 * 3600.0
"""For so long an issuer may be away before its keys count no more."""
_DEADLINE_S: Final = 5.0
_AGAIN_S: Final = 5.0
"""Anyone can write a token with an unknown key: the set is fetched for one no more often."""
_LARGEST: Final = 1 << 20
_KINDS: Final = {"RS256": "RSA", "EdDSA": "OKP"}
_LOG: Final = logging.getLogger(__name__)


class KeySet:
    """Keys for one algorithm; a :class:`KeySource`.

    Known keys cost no fetch: an old set is fetched anew behind the request. Everyone who needs a
    fetch waits for the same one.
    """

    def __init__(self, url: str, algorithm: Algorithm) -> None:
        self._url = url
        self._kind = _KINDS.get(algorithm)
        self._keys: list[jwt.PyJWK] = []
        self._fetched_s = self._tried_s = float("-inf")
        self._answers = True
        self._fetch: asyncio.Task[None] | None = None

    async def find(self, kid: str | None) -> Any:  # noqa: ANN401
        """The key of this name; the only one, where the set or the token names none.

        Raises:
            PyJWKClientError: there is no such key.
            ProblemError: 503, the set cannot be had.
        """
        key = self._match(kid)
        if key is None:
            await self._refresh()
            key = self._match(kid)
        elif time.monotonic() - self._fetched_s >= _FRESH_S:
            self._begin_fetch()
        if key is not None:
            return key.key
        if not self._answers:
            told = "the issuer's keys cannot be had just now"
            raise ProblemError(503, "keys-unavailable", told, {"Retry-After": f"{_AGAIN_S:.0f}"})
        raise jwt.PyJWKClientError("no such key in the set")

    async def state(self) -> NeighbourState:
        """How the last fetch ended; one that failed is tried again behind it."""
        if not self._answers:
            self._begin_fetch()
        fetched_s = None if math.isinf(self._fetched_s) else self._fetched_s
        return NeighbourState(self._answers, age_s(fetched_s))

    def _match(self, kid: str | None) -> jwt.PyJWK | None:
        if time.monotonic() - self._fetched_s >= _STALE_S:
            return None
        named = [key for key in self._keys if key.key_id == kid]
        if kid is not None and named:
            return named[0]
        nameless = kid is None or all(key.key_id is None for key in self._keys)
        return self._keys[0] if nameless and len(self._keys) == 1 else None

    async def _refresh(self) -> None:
        self._begin_fetch()
        if self._fetch is not None:
            # A caller who hangs up ends its own wait, not that of the others.
            await asyncio.shield(self._fetch)

    def _begin_fetch(self) -> None:
        running = self._fetch is not None and not self._fetch.done()
        if running or time.monotonic() - self._tried_s < _AGAIN_S:
            return
        self._tried_s = time.monotonic()
        self._fetch = asyncio.create_task(self._replace_keys(), name="ovoz-keys")

    async def _replace_keys(self) -> None:
        try:
            async with asyncio.timeout(_DEADLINE_S):
                found = jwt.PyJWKSet.from_json(await self._download())
        except (httpx.HTTPError, OSError, ValueError, TypeError, jwt.PyJWTError) as error:
            if self._answers:
                _LOG.warning("the key set does not answer: %s", type(error).__name__)
            self._answers = False
            return
        if not self._answers:
            _LOG.info("the key set answers again")
        self._answers = True
        self._fetched_s = time.monotonic()
        if not self._keys:
            self._tried_s = float("-inf")  # the first fetch was for no stranger's key
        self._keys = [
            key
            for key in found.keys
            if key.key_type == self._kind and key.public_key_use in {None, "sig"}
        ]

    async def _download(self) -> str:
        async with (
            httpx.AsyncClient(timeout=_DEADLINE_S) as client,
            client.stream("GET", self._url) as answer,
        ):
            answer.raise_for_status()
            content = bytearray()
            async for piece in answer.aiter_bytes():
                content += piece
                if len(content) > _LARGEST:
                    raise ValueError("the key set has more than a megabyte")
            return content.decode()
