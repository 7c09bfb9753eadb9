"""What the groups of settings have in common."""

from pydantic_settings import SettingsConfigDict


def read_from(prefix: str) -> SettingsConfigDict:
    """Each field is read from the variable with this prefix and the field's name in capitals."""
    return SettingsConfigDict(
        env_prefix=prefix,
        frozen=True,
        protected_namespaces=("model_config",),
        populate_by_name=True,
    )
