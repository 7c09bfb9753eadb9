"""What the command reads from the environment, once, and the registry it names."""

import os

from ovoz.cli.errors import stop, warn
from ovoz.registry.location import locate_registry
from ovoz.registry.settings import RegistrySettings
from ovoz.registry.version import RegisteredModel, RegistryError
from ovoz.relocation import RelocationError, relocate
from ovoz.workspace import Workspace
from ovoz.workspace_lock import WorkspaceBusyError


def registry_settings(of_profile: RegistrySettings | None = None) -> RegistrySettings:
    """The registry of a profile, by default of the workspace's last run; ends on a fault."""
    try:
        moved = relocate(Workspace())
        if moved:
            warn(moved, "workspace")
        return locate_registry(os.environ, of_profile)
    except (RegistryError, RelocationError, WorkspaceBusyError) as error:
        stop(error)


def registered_model(alias: str) -> RegisteredModel:
    """The version that holds ``alias``; ends the command when there is none."""
    from ovoz.registry.resolution import resolve

    try:
        return resolve(registry_settings(), alias)
    except RegistryError as error:
        stop(error)
