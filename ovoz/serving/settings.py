"""The settings of the service: groups of environment variables, each read and checked once."""

import os
from pathlib import Path
from typing import Final, Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field
from pydantic_settings import BaseSettings

from ovoz.audio.recovery import MAX_LOST_SHARE
from ovoz.serving.job_settings import JobsSettings, WebhookSettings
from ovoz.serving.settings_group import read_from
from ovoz.serving.token_settings import TokenSettings
from ovoz.workspace import Workspace

BUNDLED_MODEL: Final = Path(__file__).resolve().parents[2] / "model"
"""Where a Bento carries its model."""
MEMORY: Final = "memory://"
"""The URL of a store in this process."""
DeviceChoice = Literal["auto", "cpu", "cuda", "tensorrt"]
"""``auto`` is a GPU where ONNX Runtime has one, else the CPU."""

_STORE_URL: Final = r"^memory://$|^(redis|rediss|unix)://"


def _cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class ModelSettings(BaseSettings):
    """Which model is served, and where it runs."""

    model_config = read_from("OVOZ_MODEL_")

    id: str = Field(
        default=str(BUNDLED_MODEL),
        validation_alias=AliasChoices("OVOZ_MODEL_ID", "MODEL_ID"),
        description="a folder with a model artifact, `models:/name@production` (MLflow at"
        " `MLFLOW_TRACKING_URI`), `bento:name:version` (BentoML's store), or a repository of the"
        " Hugging Face hub, `org/name` or `org/name@revision`, that holds an artifact",
        json_schema_extra={"shown": "the model in the Bento"},
    )
    cache: Path = Field(default=Workspace().models, description="where fetched models are kept")
    url: str = Field(
        default="",
        pattern="^$|^https?://",
        description="ask a [model elsewhere](#the-model-apart)",
    )
    key: str = Field(default="", repr=False, description="the API key to ask it with")


class InferenceSettings(BaseSettings):
    """How recordings are transcribed, and how many at once."""

    model_config = read_from("OVOZ_")

    device: DeviceChoice = Field(
        default="auto",
        validation_alias=AliasChoices("OVOZ_DEVICE", "DEVICE"),
        description="`cpu`, `cuda`, `tensorrt`; `auto` is CUDA where ONNX Runtime has it",
    )
    threads: int = Field(
        default_factory=_cores,
        ge=1,
        description="recordings that the model works on side by side, and pieces of a long one",
        json_schema_extra={"shown": "all cores"},
    )
    max_waiting: int = Field(
        default=64,
        ge=1,
        description="recordings received and not yet transcribed; more get 503",
    )
    timeout_s: float = Field(default=60.0, gt=0, description="a recording's deadline")


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
    limits_url: str = Field(
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


class CacheSettings(BaseSettings):
    """Where results are kept; nowhere without a URL."""

    model_config = read_from("OVOZ_CACHE_")

    url: str = Field(
        default="",
        repr=False,
        pattern=rf"^$|{_STORE_URL}",
        description="where results are kept: `memory://`, or Redis such as `redis://host:6379/0`"
        " for several processes",
    )
    ttl_s: float = Field(default=3600.0, gt=0, description="for how long")
    max_bytes: int = Field(
        default=16 * 1024 * 1024,
        ge=1,
        description="how much is kept in memory, about 400 bytes per result included",
    )


class FeedbackSettings(BaseSettings):
    """Where transcripts are remembered for corrections."""

    model_config = read_from("OVOZ_FEEDBACK_")

    url: str = Field(
        default=MEMORY,
        repr=False,
        pattern=_STORE_URL,
        description="where transcripts are remembered for `/feedback`; Redis for several processes",
    )
    ttl_s: float = Field(default=3600.0, ge=0, description="for how long; 0 turns feedback off")
    max_bytes: int = Field(default=16 * 1024 * 1024, ge=1, description="how much in memory")


class LogSettings(BaseSettings):
    """What is logged."""

    model_config = read_from("OVOZ_")

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="how much is logged"
    )
    log_text: bool = Field(default=False, description="whether transcripts are logged")
    traffic_log: Path | None = Field(default=None, description="a file for features and scores")


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


class StreamSettings(BaseSettings):
    """Live audio over sockets."""

    model_config = read_from("OVOZ_STREAMS_")

    max_sessions: int = Field(
        default=100, ge=1, description="sockets in this process; more are closed with 1013"
    )
    max_frame_bytes: int = Field(
        default=1024 * 1024, ge=64, description="a larger message closes the socket with 1009"
    )
    max_session_s: float = Field(
        default=24 * 3600.0, gt=0, description="audio of one session; then 1008"
    )
    idle_s: float = Field(
        default=30.0, gt=0, description="a socket without any message for so long gets 1008"
    )
    silent_s: float = Field(
        default=600.0, gt=0, description="so does one that sends no audio, whatever else it sends"
    )
    max_speed: float = Field(
        default=4.0,
        ge=0,
        description="how much faster than real time audio is read, after the first ten seconds;"
        " 0 is no limit",
    )
    max_lag_s: float = Field(
        default=20.0,
        gt=0,
        description="audio of a session that waits for the model; beyond it the socket is not read",
    )
    warn_lag_s: float = Field(default=1.0, gt=0, description="the client is warned of a longer lag")
    send_s: float = Field(
        default=20.0, gt=0, description="how long a client may take to read one message"
    )
    endpoint_ms: int = Field(
        default=350, ge=10, le=5000, description="silence that ends a segment, unless a client says"
    )
    partial_ms: int = Field(default=320, ge=80, le=5000, description="audio between two partials")
    model_share: float = Field(
        default=0.5,
        gt=0,
        lt=1,
        description="share of the model that streams get while recordings wait too",
    )
    resume_s: float = Field(
        default=60.0, ge=0, description="how long a dropped client may come back; 0: not at all"
    )
    resume_url: str = Field(
        default=MEMORY,
        repr=False,
        pattern=_STORE_URL,
        description="where sessions are kept for it; Redis for several processes",
    )
    drain_s: float = Field(
        default=10.0, gt=0, description="time for the last finals when the service stops"
    )


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
    traces: TraceSettings = Field(default_factory=TraceSettings)
    jobs: JobsSettings = Field(default_factory=JobsSettings)
    webhooks: WebhookSettings = Field(default_factory=WebhookSettings)
    streams: StreamSettings = Field(default_factory=StreamSettings)


def groups() -> dict[str, type[BaseSettings]]:
    """The groups of :class:`ServiceSettings` by the name of their field."""
    found = {name: field.annotation for name, field in ServiceSettings.model_fields.items()}
    return {name: kind for name, kind in found.items() if kind and issubclass(kind, BaseSettings)}


def variables_of(group: type[BaseSettings], field: str) -> tuple[str, ...]:
    """The environment variables that a field is read from; the first one that is set counts."""
    alias = group.model_fields[field].validation_alias
    if isinstance(alias, AliasChoices):
        return tuple(str(choice) for choice in alias.choices)
    return (f"{group.model_config['env_prefix']}{field}".upper(),)
