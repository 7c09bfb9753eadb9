"""What the service reads from its environment, once."""

from pathlib import Path
from typing import Final

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

BUNDLED_MODEL: Final = Path(__file__).resolve().parents[2] / "model"
"""Where a Bento carries its model."""


class ServiceSettings(BaseSettings):
    """Settings, each from the variable ``OVOZ_`` and its name in capitals.

    ``api_keys`` and ``api_keys_file`` hold the SHA-256 of every accepted key, never a key itself:
    the one apart by commas, the other one a line. Both count.
    """

    model_config = SettingsConfigDict(
        env_prefix="OVOZ_", frozen=True, protected_namespaces=("model_config",)
    )

    model_dir: Path = BUNDLED_MODEL
    threads: int = Field(default=1, ge=1)
    api_keys: str = Field(default="", repr=False)
    api_keys_file: Path | None = None
    max_upload_bytes: int = Field(default=32 * 1024 * 1024, ge=1)
    max_duration_s: float = Field(default=300.0, gt=0)
