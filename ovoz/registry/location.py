"""Which registry and which model in it: the one answer for every pipeline and command."""

from collections.abc import Mapping

from pydantic import ValidationError

from ovoz.files import write_text
from ovoz.registry.settings import RegistrySettings
from ovoz.registry.version import RegistryError
from ovoz.workspace import Workspace


def locate_registry(
    environ: Mapping[str, str],
    of_profile: RegistrySettings | None = None,
    workspace: Workspace | None = None,
) -> RegistrySettings:
    """The registry of a profile; without a profile, that of the workspace's last run.

    Args:
        environ: ``MLFLOW_TRACKING_URI`` names another server than the settings do.
        of_profile: The settings in a profile.
        workspace: Where the last run was remembered; by default the current folder.

    Raises:
        RegistryError: The remembered settings cannot be read.
    """
    settings = of_profile or _remembered(workspace or Workspace()) or RegistrySettings()
    uri = environ.get("MLFLOW_TRACKING_URI")
    return settings.model_copy(update={"tracking_uri": uri}) if uri else settings


def remember_registry(of_profile: RegistrySettings, workspace: Workspace) -> None:
    """Let the commands of a workspace ask the registry that its last run wrote to."""
    write_text(workspace.registry, of_profile.model_dump_json(indent=1) + "\n")


def _remembered(workspace: Workspace) -> RegistrySettings | None:
    file = workspace.registry
    try:
        return RegistrySettings.model_validate_json(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        raise RegistryError(
            f"{file}: no readable registry settings: remove the file, or run the pipeline again"
        ) from error
