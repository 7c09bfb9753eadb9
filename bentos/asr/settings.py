"""What the service reads from its environment, once."""

from pathlib import Path
from typing import Final

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

BUNDLED_MODEL: Final = Path(__file__).resolve().parents[2] / "model"
"""Where a Bento carries its model."""


class ServiceSettings(BaseSettings):
    """Settings, each from the variable ``OVOZ_`` and its name in capitals.

    ``api_keys_file`` holds one SHA-256 of a key a line (``ovoz`` never stores a key itself).
    """

    model_config = SettingsConfigDict(env_prefix="OVOZ_", frozen=True)

    model_dir: Path = BUNDLED_MODEL
    threads: int = Field(default=1, ge=1)
    api_keys_file: Path | None = None
    max_upload_bytes: int = Field(default=32 * 1024 * 1024, ge=1)
    max_duration_s: float = Field(default=300.0, gt=0)
