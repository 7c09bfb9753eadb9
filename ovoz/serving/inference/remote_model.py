"""The model in a service of its own: asked over HTTP."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Self

import httpx
from pydantic import BaseModel, TypeAdapter
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from ovoz.audio.signal import Seconds
from ovoz.decoding.hot_words import HotWordsError
from ovoz.engine.artifact.description import ModelDescription
from ovoz.engine.precision import Device
from ovoz.engine.transcript import Transcript
from ovoz.serving.inference.model import ModelInfo
from ovoz.serving.inference.options import RecognitionRequest
from ovoz.serving.inference.queue import OverloadedError

TRANSCRIPT: Final = TypeAdapter(Transcript)
RECOGNISE: Final = "/recognise"
DESCRIBE: Final = "/describe"
_PATIENCE_S: Final = 60.0
_CONNECT_S: Final = 2.0


class ModelAwayError(ConnectionError):
    """The service with the model does not answer."""


class Description(BaseModel):
    """What a model's service says of it."""

    description: ModelDescription
    device: Device


@dataclass(frozen=True)
class RemoteModel:
    """The model behind a URL. Batches form there, out of what all that ask send."""

    info: ModelInfo
    url: str
    key: str = ""

    batch_frames = 0

    @classmethod
    def at(cls, url: str, key: str = "", *, wait_s: Seconds = _PATIENCE_S) -> Self:
        """The model at ``url``; a service that is still starting is waited for.

        Raises:
            ModelAwayError: it did not answer in time.
        """
        asking = Retrying(
            retry=retry_if_exception_type(httpx.HTTPError),
            stop=stop_after_delay(wait_s),
            wait=wait_fixed(0.5),
            reraise=True,
        )
        try:
            with _client(url, key) as client:
                answer = asking(lambda: client.get(DESCRIBE).raise_for_status())
        except httpx.HTTPError as error:
            raise ModelAwayError(f"no model at {url}: {error}") from error
        told = Description.model_validate_json(answer.content)
        return cls(ModelInfo(told.description, told.device), url, key)

    def transcribe_all(
        self, batch: Sequence[RecognitionRequest]
    ) -> list[Transcript | HotWordsError]:
        """What came of every recording, in order.

        Raises:
            OverloadedError: the model's service has no place.
            ModelAwayError: it does not answer.
        """
        return [self._ask(request) for request in batch]

    @cached_property
    def _session(self) -> httpx.Client:
        return _client(self.url, self.key)

    def _ask(self, request: RecognitionRequest) -> Transcript | HotWordsError:
        options = request.options
        asked: dict[str, str | list[str]] = {
            "hint": options.language_hint.value,
            "hot_words": list(options.hot_words),
            "draft": str(options.draft).lower(),
        }
        try:
            answer = self._session.post(
                RECOGNISE, params=asked, content=request.samples.astype("<f4").tobytes()
            )
        except httpx.HTTPError as error:
            raise ModelAwayError(f"the model at {self.url} does not answer: {error}") from error
        if answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY:
            return HotWordsError(answer.json()["detail"])
        if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
            raise OverloadedError(int(answer.headers.get("retry-after", "1")))
        if answer.status_code != httpx.codes.OK:
            raise ModelAwayError(f"the model at {self.url} answers {answer.status_code}")
        return TRANSCRIPT.validate_json(answer.content)


def _client(url: str, key: str) -> httpx.Client:
    headers = {"X-API-Key": key} if key else {}
    timeout = httpx.Timeout(_PATIENCE_S, connect=_CONNECT_S)
    return httpx.Client(base_url=url, headers=headers, timeout=timeout, trust_env=False)
