"""``python -m ovoz.registry.show_holder URI``: the version that holds an alias, or nothing."""

import os
import sys

from ovoz.registry.holder import split_alias
from ovoz.registry.location import locate_registry
from ovoz.registry.pointer import write_pointers
from ovoz.registry.registry import Registry
from ovoz.registry.settings import RegistrySettings
from ovoz.registry.version import RegistryError


def main() -> None:
    """Print the number of the version that holds ``models:/name@alias``; end with the reason."""
    name, alias = split_alias(sys.argv[1])
    settings = locate_registry(os.environ, RegistrySettings(model=name))
    try:
        settings.check_database()
        registry = Registry(settings)
        held = registry.aliases()
        write_pointers(settings, registry.holders)
    except RegistryError as error:
        sys.exit(str(error))
    sys.stdout.write(f"{held.get(alias, '')}\n")


if __name__ == "__main__":
    main()
