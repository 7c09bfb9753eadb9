"""The settings of the service: groups of environment variables, each read and checked once."""

from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field
from pydantic_settings import BaseSettings

from ovoz.audio.recovery import MAX_LOST_SHARE
from ovoz.serving.job_settings import JobsSettings, WebhookSettings
from ovoz.serving.model_settings import InferenceSettings, ModelSettings
from ovoz.serving.settings_group import read_from
from ovoz.serving.speaker_settings import SpeakerSettings
from ovoz.serving.store_settings import MEMORY, CacheSettings, FeedbackSettings, StoreUrl
from ovoz.serving.stream_settings import StreamSettings
from ovoz.serving.token_settings import TokenSettings
from ovoz.serving.traffic_settings import TrafficSettings


class AuthSettings(BaseSettings):
    """Who may call; keys are known by their SHA-256 alone."""

    model_config = read_from("OVOZ_")

    api_keys: str = Field(
        default="",
        repr=False,
        description="SHA-256 of the accepted keys, separated by commas",
    )
    api_keys_file: Path | None = Field(
        default=None,
        description="one per line, with name and scopes (`ovoz keys create`); `#` begins a"
        " comment. Keys of the variable and of the file both count",
    )
    cors_origins: str = Field(
        default="", description="origins, separated by commas, whose pages may call"
    )


class LimitSettings(BaseSettings):
    """How much a caller may send."""

    model_config = read_from("OVOZ_")

    requests_per_minute: int = Field(
        default=0, ge=0, description="for each key; counted over fixed minutes; 0 is no limit"
    )
    audio_s_per_minute: int = Field(
        default=0, ge=0, description="seconds of audio, for each key; 0 is no limit"
    )
    concurrent_requests: int = Field(
        default=0, ge=0, description="for each key, in this process; 0 is no limit"
    )
    connections_per_address: int = Field(
        default=1024, ge=0, description="open at once, in this process; 0 is no limit"
    )
    limits_url: StoreUrl = Field(
        default=MEMORY,
        pattern="^(memory|rediss?)://",
        repr=False,
        description="where they are counted: `redis://host:6379` shares them among processes",
    )
    max_upload_bytes: int = Field(
        default=32 * 1024 * 1024,
        ge=1,
        description="larger uploads get 413; bytes are counted as they come, whatever the headers"
        " say",
    )
    max_batch_files: int = Field(default=32, ge=1, description="more files in a batch get 422")
    max_duration_s: float = Field(
        default=300.0,
        gt=0,
        description="longer recordings get 413, before they are decoded whole",
    )
    max_lost_share: float = Field(
        default=MAX_LOST_SHARE,
        ge=0,
        le=1,
        description="recordings of which more is damaged or missing get 422, in jobs too",
    )


class LogSettings(BaseSettings):
    """What is logged."""

    model_config = read_from("OVOZ_")

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="how much is logged"
    )
    log_text: bool = Field(default=False, description="whether transcripts are logged")


class TraceSettings(BaseSettings):
    """Where traces go; nowhere without a URL."""

    model_config = read_from("OVOZ_TRACES_")

    url: str = Field(
        default="",
        pattern="^$|^https?://",
        repr=False,
        description="an OTLP collector such as `http://host:4318`",
    )
    share: float = Field(default=1.0, ge=0, le=1, description="which share of requests is traced")


class ServiceSettings(BaseModel):
    """All groups."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=("model_config",))

    model: ModelSettings = Field(default_factory=ModelSettings)
    inference: InferenceSettings = Field(default_factory=InferenceSettings)
    auth: AuthSettings = Field(default_factory=AuthSettings)
    tokens: TokenSettings = Field(default_factory=TokenSettings)
    limits: LimitSettings = Field(default_factory=LimitSettings)
    cache: CacheSettings = Field(default_factory=CacheSettings)
    feedback: FeedbackSettings = Field(default_factory=FeedbackSettings)
    logs: LogSettings = Field(default_factory=LogSettings)
    traffic: TrafficSettings = Field(default_factory=TrafficSettings)
    traces: TraceSettings = Field(default_factory=TraceSettings)
    speakers: SpeakerSettings = Field(default_factory=SpeakerSettings)
    jobs: JobsSettings = Field(default_factory=JobsSettings)
    webhooks: WebhookSettings = Field(default_factory=WebhookSettings)
    streams: StreamSettings = Field(default_factory=StreamSettings)


def groups(settings: type[BaseModel] = ServiceSettings) -> dict[str, type[BaseSettings]]:
    """The groups of a class of settings by the name of their field."""
    found = {name: field.annotation for name, field in settings.model_fields.items()}
    return {name: kind for name, kind in found.items() if kind and issubclass(kind, BaseSettings)}


def variables_of(group: type[BaseSettings], field: str) -> tuple[str, ...]:
    """The environment variables that a field is read from; the first one that is set counts."""
    alias = group.model_fields[field].validation_alias
    if isinstance(alias, AliasChoices):
        return tuple(str(choice) for choice in alias.choices)
    return (f"{group.model_config['env_prefix']}{field}".upper(),)
