"""What the groups of settings have in common."""

from pathlib import Path
from typing import Final

from pydantic_settings import SettingsConfigDict

SECRETS: Final = Path("/run/secrets")
"""Where Compose and our chart mount secrets: a file is a variable in small letters."""


def read_from(prefix: str) -> SettingsConfigDict:
    """Each field is read from the variable with this prefix and the field's name in capitals.

    Where there is no such variable, it is read from the file of that name in :data:`SECRETS`.
    """
    return SettingsConfigDict(
        env_prefix=prefix,
        secrets_dir=SECRETS if SECRETS.is_dir() else None,
        frozen=True,
        protected_namespaces=("model_config",),
        populate_by_name=True,
    )
