"""The service that listens along, over HTTP. Where it is away, recordings are taken without it."""

import logging
from typing import Final

import httpx
from rapidfuzz.distance import Levenshtein

from collector.settings import RecogniserSettings
from ovoz.text.pack import LanguagePack

_LOG: Final = logging.getLogger(__name__)


class RecogniserClient:
    """Asks ``POST /transcribe``."""

    def __init__(self, settings: RecogniserSettings, pack: LanguagePack) -> None:
        self._settings = settings
        self._pack = pack
        key = settings.key.get_secret_value()
        self._client = httpx.AsyncClient(
            base_url=settings.url,
            headers={"X-API-Key": key} if key else {},
            timeout=settings.deadline_s,
        )

    async def measure_difference(self, audio: bytes, text: str) -> float | None:
        """Character error rate of what the service hears against the text, of canonical forms.

        Returns:
            0 where it hears the text; None where there is no service, or no answer in time.
        """
        if not self._settings.url:
            return None
        try:
            answer = await self._client.post(
                "/transcribe",
                files={"file": ("voice.ogg", audio, "audio/ogg")},
                data={"timestamps": "false"},
            )
            answer.raise_for_status()
            heard = self._pack.canonical(str(answer.json()["text"]))
        except (httpx.HTTPError, ValueError, KeyError) as error:
            _LOG.warning("the recogniser does not answer", extra={"error": type(error).__name__})
            return None
        expected = self._pack.canonical(text)
        return Levenshtein.distance(expected, heard) / max(1, len(expected))

    async def close(self) -> None:
        """Give the connections back."""
        await self._client.aclose()
