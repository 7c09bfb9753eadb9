"""UzbekVoice: sentences read and reviewed by volunteers at uzbekvoice.ai, as its archives unpack.

``clips/<client_id>/<original_sentence_id>.mp3`` beside ``uzbekvoice-dataset/voice_dataset.json``,
one array of objects with those two names, ``original_sentence`` and ``clip_duration``.
"""

import json
from collections.abc import Iterator
from typing import Literal

from pydantic import BaseModel, TypeAdapter, ValidationError

from ovoz.corpus.manifest import ManifestError
from ovoz.corpus.recordings import Recording, RecordingsConfig


class _Clip(BaseModel):
    client_id: str
    original_sentence_id: str
    original_sentence: str
    clip_duration: float | None = None


_CLIP = TypeAdapter(_Clip)


class UzbekVoiceConfig(RecordingsConfig):
    """The unpacked archives. Speakers go to the splits whole: the publisher has none.

    The table is one JSON document, held in memory while it is read (the audio is not). The copies
    on the hub come as ``hugging_face``.
    """

    source: Literal["uzbek_voice"] = "uzbek_voice"
    licence: str = "publisher's own; see its page"
    consent: str = "contributors of UzbekVoice, to its terms"

    @property
    def name(self) -> str:
        """Name in the manifest."""
        return "uzbek_voice"

    def recordings(self) -> Iterator[Recording]:
        """The clips of the table; those whose length nobody could measure are refused."""
        table = self.path / "uzbekvoice-dataset" / "voice_dataset.json"
        try:
            clips = json.loads(table.read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise ManifestError(f"{table}: not a readable table: {error}") from error
        for number, said in enumerate(clips, start=1):
            where = f"{table}: row {number}"
            try:
                clip = _CLIP.validate_python(said)
            except ValidationError as error:
                raise ManifestError(f"{where}: {error}") from error
            name = f"{clip.client_id}/{clip.original_sentence_id}.mp3"
            broken = clip.clip_duration is None
            yield Recording(
                name=name,
                audio=self.path / "clips" / name,
                text=clip.original_sentence,
                where=where,
                speaker=clip.client_id,
                refused="broken: the source has no length of it" if broken else "",
            )
