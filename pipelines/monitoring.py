"""Monitoring: production's traffic against its test set, reported and acted upon."""

from typing import Any

from zenml import pipeline

from ovoz.profile import Profile
from steps.monitor import act_by_policy, analyse_traffic, read_traffic, report_drift


@pipeline
def monitoring(profile: Profile) -> Any:
    """From the traffic log to a page, a history of distributions, and the actions of a policy."""
    config = profile.monitoring
    model, traffic = read_traffic(config=config, registry=profile.registry)
    drift = analyse_traffic(model=model, traffic=traffic, config=config)
    page, _ = report_drift(model=model, drift=drift, config=config, registry=profile.registry)
    # An action may fail: the report is there before it.
    return act_by_policy(drift=drift, config=config, after=[page])
