"""The code that a step's cached result depends on."""

import sys
from typing import Final

from zenml.config.cache_policy import CachePolicy
from zenml.config.source import Source

from ovoz.code_closure import digest_code, find_code_closure
from ovoz.text.pack import loaded_outside_files

_RECORDS: Final = "ovoz.registry"
"""MLflow and the registry record what a cached step did; no result comes from them."""
_DIGEST: Final = "digest_of_code"
"""Name under which ZenML finds the digest in the module of a step."""


def depends_on(module: str) -> CachePolicy:
    """Cache policy by which a step runs again when any code that its module imports has changed.

    Comments, docstrings and layout do not count, those of the step itself neither. The files of a
    language pack outside Ovoz count as code. ZenML asks for
    the digest by a name, which is set in the module.

    Args:
        module: The ``__name__`` of the step's module.
    """

    def digest() -> str:
        # A profile loads its pack before any step runs.
        files = find_code_closure(module, ignored=_RECORDS)
        return digest_code([*files, *loaded_outside_files()])

    setattr(sys.modules[module], _DIGEST, digest)
    source = Source.from_import_path(f"{module}.{_DIGEST}")
    return CachePolicy(include_step_code=False, cache_func=source)
