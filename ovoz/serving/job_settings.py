"""The settings of jobs and their webhooks."""

import base64
import ssl
from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import AfterValidator, Field, field_validator, model_validator
from pydantic_settings import BaseSettings

from ovoz.serving.addresses import check_broker, check_database
from ovoz.serving.settings_group import read_from

_GIB: Final = 1024**3


class JobsSettings(BaseSettings):
    """Settings of jobs. Without a folder there are none: jobs write recordings to disk.

    Raises:
        ValueError: an option of jobs without a folder, or one that contradicts another.
    """

    model_config = read_from("OVOZ_JOBS_")

    dir: Path | None = Field(
        default=None,
        description="recordings that wait, and SQLite's file; without it there are no jobs",
    )
    database_url: Annotated[str, AfterValidator(check_database)] = Field(
        default="",
        repr=False,
        pattern=r"^$|^(sqlite|postgresql)",
        description="`postgresql://user:password@host/database`",
        json_schema_extra={"shown": "SQLite in the folder"},
    )
    broker_url: Annotated[str, AfterValidator(check_broker)] = Field(
        default="",
        repr=False,
        pattern=r"^$|^amqps?://",
        description="`amqp://` or `amqps://` of RabbitMQ",
        json_schema_extra={"shown": "none (in the process)"},
    )
    queue: str = Field(
        default="ovoz.jobs", pattern=r"^[A-Za-z0-9._-]{1,64}$", description="its queue and exchange"
    )
    workers: int = Field(
        default=1,
        ge=0,
        description="recordings worked on side by side in this process; 0: other processes work",
    )
    max_files: int = Field(default=100, ge=1, le=1000, description="more files in a job get 422")
    max_upload_bytes: int = Field(default=2 * _GIB, ge=1, description="larger jobs get 413")
    max_stored_bytes: int = Field(
        default=20 * _GIB, ge=1, description="more audio waiting than this: 507"
    )
    max_duration_s: float = Field(
        default=4 * 3600.0,
        gt=0,
        description="a longer recording gets the problem `audio-too-long`",
    )
    keep_s: float = Field(default=24 * 3600.0, gt=0, description="how long results are kept")
    lease_s: float = Field(
        default=30.0,
        gt=0,
        description="how long a silent worker keeps its recording; clocks must agree better than"
        " that",
    )
    attempts: int = Field(default=3, ge=1, description="workers that may die on a recording")
    sweep_s: float = Field(default=5.0, gt=0, description="how often what is due is looked for")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.dir is None and (self.database_url or self.broker_url):
            raise ValueError("jobs need OVOZ_JOBS_DIR, a folder for the recordings")
        if self.broker_url and self.database_url.startswith("sqlite"):
            raise ValueError("with a broker, name a PostgreSQL database or none")
        return self


class WebhookSettings(BaseSettings):
    """How callers learn that their jobs are over.

    Raises:
        ValueError: the secret cannot be decoded.
    """

    model_config = read_from("OVOZ_JOBS_WEBHOOK_")

    secret: str = Field(
        default="",
        repr=False,
        description="what webhooks are signed with",
        json_schema_extra={"shown": "none (no webhooks)"},
    )
    old_secret: str = Field(
        default="",
        repr=False,
        description="signs too, while receivers change from it to the secret",
    )
    ca_file: Path | None = Field(
        default=None,
        description="certificates (PEM) of a private authority that receivers' are signed by,"
        " beside the public ones",
    )
    private: bool = Field(
        default=False, description="whether they may go to loopback and private addresses"
    )
    tries: int = Field(default=8, ge=1, description="then they are given up")
    backoff_s: float = Field(
        default=10.0, gt=0, description="the first pause; the next ones double, drawn ± 20 %"
    )
    timeout_s: float = Field(default=10.0, gt=0, description="time for one try")

    @field_validator("secret", "old_secret")
    @classmethod
    def _decodable(cls, secret: str) -> str:
        """Base64 after ``whsec_``: when a webhook is due it is too late to find out."""
        encoded = secret.removeprefix("whsec_")
        if encoded != secret and not base64.b64decode(
            encoded + "=" * (-len(encoded) % 4), validate=True
        ):
            raise ValueError("nothing follows whsec_")
        return secret

    @field_validator("ca_file")
    @classmethod
    def _readable(cls, path: Path | None) -> Path | None:
        try:
            if path is not None:
                ssl.create_default_context(cafile=path)
        except (OSError, ssl.SSLError) as error:
            raise ValueError(f"{path} has no certificates in PEM") from error
        return path

    @model_validator(mode="after")
    def _signed(self) -> Self:
        if self.old_secret and not self.secret:
            raise ValueError("OVOZ_JOBS_WEBHOOK_OLD_SECRET needs OVOZ_JOBS_WEBHOOK_SECRET")
        return self
