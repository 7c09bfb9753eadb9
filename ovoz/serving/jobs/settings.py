"""Settings of jobs."""

import base64
from pathlib import Path
from typing import Final

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings

_GIB: Final = 1024**3


class JobsSettings(BaseSettings):
    """Settings of jobs, each from the variable ``OVOZ_`` and its name in capitals.

    Without ``jobs_dir`` there are no jobs: they write recordings to disk, which nobody should find
    out afterwards. Times are in seconds.

    Raises:
        ValueError: an option of jobs without a folder, or one that contradicts another.
    """

    jobs_dir: Path | None = None
    """Recordings of jobs not done yet, and the SQLite database unless another one is named."""
    jobs_database_url: str = Field(default="", repr=False, pattern=r"^$|^(sqlite|postgresql)")
    jobs_broker_url: str = Field(default="", repr=False, pattern=r"^$|^amqps?://")
    jobs_queue: str = Field(default="ovoz.jobs", pattern=r"^[A-Za-z0-9._-]{1,64}$")
    jobs_workers: int = Field(default=1, ge=0)
    """Recordings worked on side by side in this process; 0: other processes work."""
    jobs_max_files: int = Field(default=100, ge=1, le=1000)
    jobs_max_upload_bytes: int = Field(default=2 * _GIB, ge=1)
    jobs_max_stored_bytes: int = Field(default=20 * _GIB, ge=1)
    jobs_max_duration_s: float = Field(default=4 * 3600.0, gt=0)
    jobs_keep_s: float = Field(default=24 * 3600.0, gt=0)
    jobs_lease_s: float = Field(default=30.0, gt=0)
    """A recording whose worker has not been heard of for so long is given to another one."""
    jobs_attempts: int = Field(default=3, ge=1)
    """A recording that so many workers died on is given up."""
    jobs_sweep_s: float = Field(default=5.0, gt=0)
    """How often leases, results and webhooks that are due are looked for."""
    jobs_webhook_secret: str = Field(default="", repr=False)
    jobs_webhook_private: bool = False
    jobs_webhook_tries: int = Field(default=8, ge=1)
    jobs_webhook_backoff_s: float = Field(default=10.0, gt=0)
    jobs_webhook_timeout_s: float = Field(default=10.0, gt=0)

    @field_validator("jobs_webhook_secret")
    @classmethod
    def _decodable(cls, secret: str) -> str:
        """Base64 after ``whsec_``: when a webhook is due it is too late to find out."""
        encoded = secret.removeprefix("whsec_")
        if encoded != secret and not base64.b64decode(
            encoded + "=" * (-len(encoded) % 4), validate=True
        ):
            raise ValueError("nothing follows whsec_")
        return secret

    @model_validator(mode="after")
    def _whole(self) -> "JobsSettings":
        if self.jobs_dir is None and (self.jobs_database_url or self.jobs_broker_url):
            raise ValueError("jobs need OVOZ_JOBS_DIR, a folder for the recordings")
        if self.jobs_broker_url and self.jobs_database_url.startswith("sqlite"):
            raise ValueError("with a broker, name a PostgreSQL database or none")
        return self
