"""What a deployment may name: variables, secrets, images and probes that really exist."""

import re
from typing import TYPE_CHECKING

from collector.settings import CollectorSettings
from ovoz.serving.settings import ServiceSettings, groups, variables_of

from .programs import DEPLOY

if TYPE_CHECKING:
    from pydantic import BaseModel

FOREIGN = frozenset({"HOME", "MLFLOW_TRACKING_URI"})
"""Variables of libraries that our processes read."""
PROBES = frozenset({"/livez", "/readyz", "/health"})
"""Of BentoML, of the service and of the collector; the tests of these ask them."""


def variables() -> frozenset[str]:
    """Every variable of the service and of the collector."""
    kinds: tuple[type[BaseModel], ...] = (ServiceSettings, CollectorSettings)
    return FOREIGN | {
        variable
        for kind in kinds
        for group in groups(kind).values()
        for field in group.model_fields
        for variable in variables_of(group, field)
    }


def images() -> frozenset[str]:
    """Targets of the Containerfile."""
    text = (DEPLOY / "images/Containerfile").read_text("utf-8")
    return frozenset(re.findall(r"^FROM \S+ AS (\S+)$", text, re.MULTILINE))
