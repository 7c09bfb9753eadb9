"""The code that a step's cached result depends on."""

from pathlib import Path
from typing import Final

from zenml.config.cache_policy import CachePolicy

from ovoz.code_closure import find_code_closure

_ROOT: Final = Path(__file__).resolve().parents[1]
"""ZenML's source root, to which file dependencies are relative (``pipelines/environment.py``)."""

_RECORDS: Final = "ovoz.registry"
"""MLflow and the registry record what a cached step did; no result comes from them."""


def depends_on(module: str) -> CachePolicy:
    """Cache policy by which a step runs again when any code that its module imports has changed.

    Args:
        module: The ``__name__`` of the step's module.
    """
    files = find_code_closure(module, ignored=_RECORDS)
    return CachePolicy(file_dependencies=[str(file.relative_to(_ROOT)) for file in files])
