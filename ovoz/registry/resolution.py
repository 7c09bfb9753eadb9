"""From an alias to the model that holds it, without loading MLflow where that can be."""

from ovoz.registry.pointer import read_holders, write_pointers
from ovoz.registry.settings import RegistrySettings
from ovoz.registry.version import RegisteredModel


def resolve(settings: RegistrySettings, alias: str) -> RegisteredModel:
    """The version that holds ``alias``; MLflow is loaded only where no pointer answers.

    Raises:
        RegistryError: As :meth:`ovoz.registry.registry.Registry.resolve`.
    """
    settings.check_database()
    known = (read_holders(settings) or {}).get(alias)
    if known and known.artifact.is_dir():
        known.check_description()
        return known
    from ovoz.registry.registry import Registry

    registry = Registry(settings)
    model = registry.resolve(alias)
    write_pointers(settings, registry.holders)
    return model
