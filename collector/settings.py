"""Settings of the collector: groups of environment variables, each read and checked once."""

from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from ovoz.text.pack import DEFAULT_PACK, load_pack

_SECRETS: Final = Path("/run/secrets")
"""Where Compose and our chart mount secrets: a file is a variable in small letters."""
_DATABASES: Final = r"^(sqlite\+aiosqlite:///|postgresql\+psycopg://).+"


def _read_from(prefix: str) -> SettingsConfigDict:
    return SettingsConfigDict(
        env_prefix=prefix,
        secrets_dir=_SECRETS if _SECRETS.is_dir() else None,
        frozen=True,
        populate_by_name=True,
    )


class BotSettings(BaseSettings):
    """The bot's account, and how updates come."""

    model_config = _read_from("OVOZ_COLLECTOR_")

    token: SecretStr = Field(
        default=SecretStr(""),
        description="of the bot, from @BotFather",
        json_schema_extra={"shown": "none"},
    )
    api_url: str = Field(
        default="https://api.telegram.org",
        pattern="^https?://",
        description="the Bot API, or a server of your own",
    )
    webhook_url: str = Field(
        default="",
        pattern="^$|^https://",
        description="public address that Telegram calls; without one the bot polls",
    )
    webhook_secret: SecretStr = Field(
        default=SecretStr(""),
        description="what Telegram sends with every call; needed with a webhook",
        json_schema_extra={"shown": "none"},
    )
    listen_host: str = Field(default="127.0.0.1", description="of `/metrics`, `/health`, webhook")
    listen_port: int = Field(default=9464, ge=0, le=65535, description="the same")
    moderators: Annotated[frozenset[int], NoDecode] = Field(
        default=frozenset(),
        description="Telegram's numbers of the moderators, separated by commas",
        json_schema_extra={"shown": "none"},
    )
    poll_s: int = Field(default=25, ge=0, le=50, description="how long a poll waits for updates")
    messages_per_second: float = Field(
        default=25, gt=0, description="to all chats together; Telegram allows about 30"
    )
    updates_per_minute: int = Field(
        default=60, ge=1, description="of one person; the rest of a flood is dropped"
    )
    pack: str = Field(default=DEFAULT_PACK, description="language pack of what is read")
    log_level: str = Field(
        default="INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="how much is logged"
    )

    @field_validator("pack")
    @classmethod
    def _known(cls, name: str) -> str:
        load_pack(name)  # its error is a ValueError, and says which packs there are
        return name

    @field_validator("moderators", mode="before")
    @classmethod
    def _split(cls, given: object) -> object:
        return [part for part in given.split(",") if part] if isinstance(given, str) else given


class StorageSettings(BaseSettings):
    """Where contributions lie."""

    model_config = _read_from("OVOZ_COLLECTOR_")

    database_url: str = Field(
        default="sqlite+aiosqlite:///.ovoz/collector/collector.sqlite3",
        pattern=_DATABASES,
        repr=False,
        description="SQLite, or `postgresql+psycopg://user:password@host/name`",
    )
    audio: str = Field(
        default=".ovoz/collector/audio",
        min_length=1,
        description="folder of the recordings, or `s3://bucket/path` (extra `s3`)",
    )


class CheckSettings(BaseSettings):
    """What a recording must be like; one that is not is told so, and may be repeated."""

    model_config = _read_from("OVOZ_COLLECTOR_")

    min_duration_s: float = Field(default=0.8, gt=0, description="shorter ones are too short")
    max_duration_s: float = Field(default=30.0, gt=0, description="longer ones are too long")
    min_level_dbfs: float = Field(default=-45.0, le=0, description="quieter ones are too quiet")
    min_speech_s: float = Field(default=0.5, ge=0, description="less speech is silence")
    max_clipped_ratio: float = Field(
        default=0.01, ge=0, le=1, description="more samples at full scale are clipping"
    )
    min_snr_db: float = Field(default=8.0, ge=0, description="less is noise")
    min_chars_per_s: float = Field(default=4.0, ge=0, description="slower is not this text")
    max_chars_per_s: float = Field(default=25.0, gt=0, description="faster is not all of the text")
    max_heard_cer: float = Field(
        default=0.6,
        ge=0,
        description="where the recogniser differs in more of the characters, the speaker is asked",
    )
    max_upload_bytes: int = Field(default=2_000_000, ge=1, description="larger files are refused")


class RecogniserSettings(BaseSettings):
    """The service that listens along; none without a URL."""

    model_config = _read_from("OVOZ_COLLECTOR_RECOGNISER_")

    url: str = Field(default="", pattern="^$|^https?://", description="of the service")
    key: SecretStr = Field(
        default=SecretStr(""),
        description="its API key",
        json_schema_extra={"shown": "none"},
    )
    deadline_s: float = Field(
        default=10.0, gt=0, description="for an answer; without one nothing is compared"
    )


class RuleSettings(BaseSettings):
    """How much is read by whom, and how clips are judged."""

    model_config = _read_from("OVOZ_COLLECTOR_")

    reads_per_prompt: int = Field(
        default=5, ge=1, description="as often is a prompt read, by different speakers"
    )
    clips_per_day: int = Field(default=100, ge=1, description="of one speaker")
    clips_per_speaker: int = Field(default=1500, ge=1, description="of one speaker, in all")
    reviews_per_day: int = Field(default=500, ge=1, description="of one listener")
    votes_to_agree: int = Field(default=2, ge=1, description="equal votes decide")
    votes_at_most: int = Field(
        default=3, ge=1, description="without agreement after so many the moderator decides"
    )
    gold_share: float = Field(
        default=0.1, ge=0, lt=1, description="share of reviews whose answer is known"
    )
    gold_wanted: int = Field(
        default=20, ge=0, description="until there are so many, moderators hear ordinary clips"
    )
    gold_answers: int = Field(
        default=4, ge=1, description="answers to known clips before reputation counts"
    )
    min_reputation: float = Field(
        default=0.7,
        ge=0,
        le=1,
        description="share of right answers, under which votes do not count",
    )
    min_listened_share: float = Field(
        default=0.6, ge=0, le=1, description="of a clip's length, before which no vote is taken"
    )
    review_minutes: float = Field(
        default=30.0, gt=0, description="after so long a clip is given to another listener"
    )


class CollectorSettings(BaseModel):
    """All groups."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    bot: BotSettings = Field(default_factory=BotSettings)
    storage: StorageSettings = Field(default_factory=StorageSettings)
    checks: CheckSettings = Field(default_factory=CheckSettings)
    recogniser: RecogniserSettings = Field(default_factory=RecogniserSettings)
    rules: RuleSettings = Field(default_factory=RuleSettings)


def sqlite_file(url: str) -> Path | None:
    """The file of a SQLite URL; None for another database."""
    prefix = "sqlite+aiosqlite:///"
    return Path(url.removeprefix(prefix)) if url.startswith(prefix) else None
