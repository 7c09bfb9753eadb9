"""What the service reads from its environment, once."""

import os
from pathlib import Path
from typing import Final, Literal

from pydantic import AliasChoices, Field
from pydantic_settings import SettingsConfigDict

from ovoz.serving.auth.tokens import Algorithm
from ovoz.serving.inference.device import Asked
from ovoz.serving.jobs.settings import JobsSettings
from ovoz.serving.middleware.rate_limit import MEMORY
from ovoz.workspace import Workspace

BUNDLED_MODEL: Final = Path(__file__).resolve().parents[2] / "model"
"""Where a Bento carries its model."""


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class ServiceSettings(JobsSettings):
    """Settings, each from the variable ``OVOZ_`` and its name in capitals.

    ``api_keys`` and ``api_keys_file`` hold the SHA-256 of every accepted key, never a key itself:
    the one apart by commas, the other one a line. Both count. With ``jwt_algorithm`` tokens count
    too: verified by ``jwt_key_file`` (a secret or a public key) or by the key set at
    ``jwt_jwks_url``. Those of jobs are in :class:`JobsSettings`.
    """

    model_config = SettingsConfigDict(
        env_prefix="OVOZ_",
        frozen=True,
        protected_namespaces=("model_config",),
        populate_by_name=True,
    )

    model_id: str = Field(
        default=str(BUNDLED_MODEL), validation_alias=AliasChoices("OVOZ_MODEL_ID", "MODEL_ID")
    )
    model_url: str = Field(default="", pattern="^$|^https?://")
    model_key: str = Field(default="", repr=False)
    device: Asked = Field(default="auto", validation_alias=AliasChoices("OVOZ_DEVICE", "DEVICE"))
    model_cache: Path = Workspace().models
    threads: int = Field(default_factory=cores, ge=1)
    max_waiting: int = Field(default=64, ge=1)
    timeout_s: float = Field(default=60.0, gt=0)
    cors_origins: str = ""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_text: bool = False
    traffic_log: Path | None = None
    traces_url: str = Field(default="", pattern="^$|^https?://", repr=False)
    traces_share: float = Field(default=1.0, ge=0, le=1)
    feedback_url: str = Field(
        default="memory://", repr=False, pattern=r"^memory://$|^(redis|rediss|unix)://"
    )
    feedback_ttl_s: float = Field(default=3600.0, ge=0)
    feedback_max_bytes: int = Field(default=16 * 1024 * 1024, ge=1)
    api_keys: str = Field(default="", repr=False)
    api_keys_file: Path | None = None
    jwt_algorithm: Algorithm | None = None
    jwt_key_file: Path | None = None
    jwt_jwks_url: str = ""
    jwt_audience: str = ""
    jwt_issuer: str = ""
    limits_url: str = Field(default=MEMORY, pattern="^(memory|rediss?)://", repr=False)
    requests_per_minute: int = Field(default=0, ge=0)
    audio_s_per_minute: int = Field(default=0, ge=0)
    concurrent_requests: int = Field(default=0, ge=0)
    max_upload_bytes: int = Field(default=32 * 1024 * 1024, ge=1)
    max_batch_files: int = Field(default=32, ge=1)
    max_duration_s: float = Field(default=300.0, gt=0)
    cache_url: str = Field(
        default="", repr=False, pattern=r"^$|^memory://$|^(redis|rediss|unix)://"
    )
    cache_ttl_s: float = Field(default=3600.0, gt=0)
    cache_max_bytes: int = Field(default=16 * 1024 * 1024, ge=1)
