"""The settings of stores that answers are kept in: the result cache and feedback."""

from pathlib import Path
from typing import Annotated, Final

from pydantic import AfterValidator, Field
from pydantic_settings import BaseSettings

from ovoz.serving.addresses import check_store
from ovoz.serving.settings_group import read_from

MEMORY: Final = "memory://"
"""The URL of a store in this process."""
STORE_URL: Final = r"^memory://$|^(redis|rediss|unix)://"
StoreUrl = Annotated[str, AfterValidator(check_store)]
"""A URL that was looked at, where it is one of Redis."""


class CacheSettings(BaseSettings):
    """Where results are kept; nowhere without a URL."""

    model_config = read_from("OVOZ_CACHE_")

    url: StoreUrl = Field(
        default="",
        repr=False,
        pattern=rf"^$|{STORE_URL}",
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

    url: StoreUrl = Field(
        default=MEMORY,
        repr=False,
        pattern=STORE_URL,
        description="where transcripts are remembered for `/feedback`; Redis for several processes",
    )
    ttl_s: float = Field(default=3600.0, ge=0, description="for how long; 0 turns feedback off")
    max_bytes: int = Field(default=16 * 1024 * 1024, ge=1, description="how much in memory")
    dir: Path | None = Field(
        default=None,
        description="folder of the log of corrections: how many words were wrong, neither text nor"
        " caller; none keeps no log",
    )
    keep_days: int = Field(default=365, ge=1, description="older files of it are deleted")
