"""LiveKit's speech to text, by an Ovoz service."""

import os
from collections.abc import Sequence
from typing import Literal

from livekit import rtc
from livekit.agents import DEFAULT_API_CONNECT_OPTIONS, APIConnectOptions, stt
from livekit.agents.types import NOT_GIVEN, NotGivenOr
from livekit.agents.utils import AudioBuffer, is_given
from ovoz_client import AsyncClient, StreamOptions

from .faults import as_api_errors
from .speech_data import speech_data
from .stream import SpeechStream

_ANY = frozenset({"", "multi", "mul", "auto"})


class STT(stt.STT[Literal["metrics_collected", "error"]]):
    """Speech to text.

    Args:
        base_url: of the service.
        api_key: a key or token; without one ``OVOZ_API_KEY`` is read.
        language: ``auto``, ``uz``, ``ru``, ``mixed``, or a tag such as ``ru-RU``.
        keyterms: words to listen for; LiveKit adds those of the session. They count for streams
            that begin after they were set.
        interim_results: whether interim and preflight transcripts are sent.
        endpointing_ms: silence that ends a segment; the service's own without.
        sample_rate: in Hz, that audio is sent at; LiveKit resamples to it.
    """

    def __init__(
        self,
        *,
        base_url: str = "http://127.0.0.1:3000",
        api_key: NotGivenOr[str] = NOT_GIVEN,
        language: str = "auto",
        keyterms: Sequence[str] = (),
        interim_results: bool = True,
        endpointing_ms: int | None = None,
        sample_rate: int = 16_000,
    ) -> None:
        super().__init__(
            capabilities=stt.STTCapabilities(
                streaming=True,
                interim_results=interim_results,
                aligned_transcript="word",
                offline_recognize=True,
                keyterms=True,
                manual_flush=True,
            )
        )
        key = api_key if is_given(api_key) else os.environ.get("OVOZ_API_KEY", "")
        self._client = AsyncClient(base_url, key)
        self._language = language
        self._own_keyterms = tuple(keyterms)
        self._session_keyterms: tuple[str, ...] = ()
        self._endpointing_ms = endpointing_ms
        self._sample_rate = sample_rate
        self._model = "ovoz"

    @property
    def model(self) -> str:
        """The version of the model, once the service has said it."""
        return self._model

    @property
    def provider(self) -> str:
        """The name of the provider."""
        return "Ovoz"

    def note_model(self, version: str) -> None:
        """Remember what the service says of its model."""
        self._model = version or self._model

    async def aclose(self) -> None:
        """Close the connections of batch requests."""
        await self._client.aclose()

    def stream(
        self,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
    ) -> SpeechStream:
        """A live stream."""
        options = StreamOptions(
            sample_rate=self._sample_rate,
            language_hint=self._hint(language),
            hotwords=self._hot_words,
            partials=self.capabilities.interim_results,
            endpoint_ms=self._endpointing_ms,
        )
        return SpeechStream(self, self._client, options, conn_options)

    async def _recognize_impl(
        self,
        buffer: AudioBuffer,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,
        conn_options: APIConnectOptions,
    ) -> stt.SpeechEvent:
        recording = rtc.combine_audio_frames(buffer).to_wav_bytes()
        with as_api_errors():
            transcript = await self._client.transcribe(
                recording,
                language_hint=self._hint(language),
                hotwords=self._hot_words,
                timeout_s=conn_options.timeout,
            )
        self.note_model(transcript.model_version)
        return stt.SpeechEvent(
            type=stt.SpeechEventType.FINAL_TRANSCRIPT,
            request_id=transcript.request_id,
            alternatives=[speech_data(transcript)],
        )

    def _update_session_keyterms(self, keyterms: list[str]) -> None:
        self._session_keyterms = tuple(keyterms)

    @property
    def _hot_words(self) -> tuple[str, ...]:
        """Single words: terms of several count by each of them."""
        terms = (*self._own_keyterms, *self._session_keyterms)
        return tuple(dict.fromkeys(word for term in terms for word in term.split()))[:100]

    def _hint(self, language: NotGivenOr[str]) -> str:
        chosen = language if is_given(language) else self._language
        return "auto" if chosen.lower() in _ANY else str(chosen)
