"""Settings of the pipeline ``monitoring``: a section of the profile."""

import datetime as dt
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from ovoz.monitoring.cluster import Cluster
from ovoz.workspace import Workspace


class MonitoringConfig(BaseModel):
    """What is looked at each night, and what follows. Relative paths begin at the workspace.

    Attributes:
        traffic: The traffic log, ``OVOZ_TRAFFIC_DIR`` of the service.
        corrections: The log of corrections; None where there is none.
        last: The last day (UTC) that is looked at; None is yesterday.
        days: How many days up to it.
        false_alarm_months: Share of unchanged months with an alarm all the same, 0 to 1.
        independent_share: Share of segments that count as independent, above 0 and up to 1.
        cluster: A scheduler of Dask whose workers read the log, or ``local:2`` for so many
            processes; empty reads it in one.
        gauges: File for the text collector of node_exporter; None writes none.
        evidently: Evidently's workspace, one report a day.
        policy: The policy of actions; without one nothing is done.
        dry_run: Say what would be done by the policy, and do nothing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    traffic: Path = Workspace().traffic
    corrections: Path | None = None
    last: dt.date | None = None
    days: int = Field(default=30, ge=1, le=31)
    false_alarm_months: float = Field(default=0.02, ge=0, le=1)
    independent_share: float = Field(default=1.0, ge=0.01, le=1)
    cluster: Cluster = ""
    gauges: Path | None = None
    evidently: Path = Workspace().evidently
    policy: Path | None = None
    dry_run: bool = False

    def last_day(self, today: dt.date) -> dt.date:
        """The last day that is looked at; today is not over yet."""
        return self.last or today - dt.timedelta(1)
