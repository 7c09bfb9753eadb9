"""Settings of the traffic log."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings

from ovoz.serving.settings_group import read_from


class TrafficSettings(BaseSettings):
    """The log of features that drift is looked for in."""

    model_config = read_from("OVOZ_TRAFFIC_")

    dir: Path | None = Field(
        default=None,
        description="folder of the traffic log: features of every segment, neither audio nor text;"
        " callers in buckets of a day; none keeps no log",
    )
    flush_s: float = Field(
        default=30.0,
        gt=0,
        le=3600,
        description="segments are written after so long; a killed process loses no more",
    )
    keep_days: int = Field(default=90, ge=1, description="older files of it are deleted")
    max_waiting: int = Field(
        default=50_000,
        ge=1,
        description="segments that wait to be written, such as while the disk is full; more are"
        " counted as lost",
    )
