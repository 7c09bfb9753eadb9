"""Which source a configuration names, and how it is read."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from ovoz.corpus.audio_files import AudioFilesConfig
from ovoz.corpus.common_voice import CommonVoiceConfig
from ovoz.corpus.feruza_speech import FeruzaSpeechConfig
from ovoz.corpus.fleurs import FleursConfig
from ovoz.corpus.folder import FolderConfig
from ovoz.corpus.golos import GolosConfig
from ovoz.corpus.hugging_face import HuggingFaceConfig
from ovoz.corpus.ingestion import ingest_recordings
from ovoz.corpus.kaldi import KaldiConfig
from ovoz.corpus.lhotse import LhotseConfig
from ovoz.corpus.lj_speech import LJSpeechConfig
from ovoz.corpus.ovoz_corpus import OvozCorpusConfig
from ovoz.corpus.pairs import PairsConfig, UscConfig
from ovoz.corpus.recordings import RecordingsConfig
from ovoz.corpus.spoken_text import SpokenTextConfig, speak_text
from ovoz.corpus.synthetic.config import SyntheticConfig
from ovoz.corpus.telegram import TelegramConfig
from ovoz.corpus.telegram_desktop import TelegramDesktopConfig
from ovoz.corpus.uzbek_voice import UzbekVoiceConfig
from ovoz.corpus.vivos import VivosConfig
from ovoz.progress import ProgressCallback

Recorded = Annotated[
    AudioFilesConfig
    | CommonVoiceConfig
    | FeruzaSpeechConfig
    | FleursConfig
    | FolderConfig
    | GolosConfig
    | HuggingFaceConfig
    | KaldiConfig
    | LhotseConfig
    | LJSpeechConfig
    | OvozCorpusConfig
    | PairsConfig
    | TelegramConfig
    | TelegramDesktopConfig
    | UscConfig
    | UzbekVoiceConfig
    | VivosConfig,
    Field(discriminator="source"),
]
"""Settings of any source of recordings."""


Made = Annotated[SyntheticConfig | SpokenTextConfig, Field(discriminator="source")]
"""Settings of any source of synthetic speech."""


class CombinedConfig(BaseModel):
    """Several sources of recordings and of synthetic speech as one corpus.

    A recording that an earlier source brought is not brought again. With ``allowed_licences``
    (written as the sources write them) a recording under any other licence is refused.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: Literal["combined"] = "combined"
    sources: tuple[Recorded | Made, ...] = Field(min_length=1)
    allowed_licences: tuple[str, ...] | None = None


SourceConfig = Annotated[CombinedConfig | Made | Recorded, Field(discriminator="source")]
"""Settings of any source; the field ``source`` says which."""


def is_made(config: CombinedConfig | SyntheticConfig | SpokenTextConfig | RecordingsConfig) -> bool:
    """Whether a corpus is synthetic speech alone, which can be made anew at any time."""
    parts = config.sources if isinstance(config, CombinedConfig) else (config,)
    return not any(isinstance(part, RecordingsConfig) for part in parts)


def read_source(
    config: CombinedConfig | SyntheticConfig | SpokenTextConfig | RecordingsConfig,
    folder: Path,
    progress: ProgressCallback | None = None,
) -> Path:
    """Bring the source that ``config`` names into ``folder``; returns the manifest's path.

    Synthetic speech of a combined corpus is kept beside ``folder``, so that it is spoken once.

    Raises:
        ManifestError: The source cannot be read; the message names the file and the row.
    """
    if isinstance(config, CombinedConfig):
        spoken = folder.with_name(f".{folder.name}.spoken")
        sources = [
            _to_recordings(source, spoken / str(number), progress)
            for number, source in enumerate(config.sources)
        ]
        return ingest_recordings(
            sources, folder, progress, allowed_licences=config.allowed_licences
        )
    if isinstance(config, RecordingsConfig):
        return ingest_recordings([config], folder, progress)
    return _speak(config, folder, progress)


def _to_recordings(
    source: RecordingsConfig | SyntheticConfig | SpokenTextConfig,
    folder: Path,
    progress: ProgressCallback | None,
) -> RecordingsConfig:
    if isinstance(source, RecordingsConfig):
        return source
    _speak(source, folder, progress)
    return OvozCorpusConfig(path=folder, pack=source.pack)


def _speak(
    config: SyntheticConfig | SpokenTextConfig, folder: Path, progress: ProgressCallback | None
) -> Path:
    if isinstance(config, SpokenTextConfig):
        return speak_text(config, folder, progress)
    from ovoz.corpus.synthetic.generate import generate

    return generate(config, folder, progress)
