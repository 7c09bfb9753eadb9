"""A version from the registry of one environment to that of another.

MLflow's own ``copy_model_version`` copies within one server. Between servers the files are fetched
and registered anew, which keeps what a version is known by: the digest of its content.
"""

from typing import Final
from urllib.parse import urlsplit, urlunsplit

from mlflow.exceptions import MlflowException

from ovoz.engine.artifact.storage import read_description
from ovoz.registry.registry import Registry
from ovoz.registry.version import PromotionRefusedError, RegisteredModel, RegistryError
from ovoz.registry.version_tags import INPUTS_TAG

COPIED_TAG: Final = "ovoz.copied"
"""Registry, model and version that a version was copied from."""


def copy_version(source: Registry, target: Registry, version: str) -> RegisteredModel:
    """Register a version of ``source`` as the candidate of ``target``.

    No promotion is copied: in another environment the gates are judged again. A model that the
    target has already keeps its version there.

    Args:
        source: Where the version is.
        target: Where it goes; created where it is a local one that does not exist.
        version: Its number in ``source``.

    Raises:
        PromotionRefusedError: It was withdrawn, or its registration was cut off.
        RegistryError: There is no such version, or both are one registry.
        ArtifactError: Its files are missing or damaged.
    """
    here, there = source.settings, target.settings
    if (here.uri(), here.model) == (there.uri(), there.model):
        raise RegistryError(f"{here.uri()}: the version is there already: name another registry")
    rows = [row for row in source.versions() if row.version == version]
    if rows and rows[0].withdrawn:
        note = rows[0].withdrawn
        raise PromotionRefusedError(f"version {version} was withdrawn by {note.who}: {note.why}")
    if rows and rows[0].summary is None:
        raise PromotionRefusedError(f"the registration of version {version} was cut off")
    artifact = source.version(version).artifact
    made = read_description(artifact).versions
    tags = {
        COPIED_TAG: f"{here.model} version {version} of {without_password(here.tracking_uri)}",
        "code_version": made.code,
        "data_version": made.data,
    }
    inputs = source.tags(version).get(INPUTS_TAG)
    if inputs is not None:
        tags[INPUTS_TAG] = inputs
    try:
        return target.register(artifact, tags)
    except MlflowException as error:
        raise RegistryError(f"{tags[COPIED_TAG]} was not copied: {error}") from error


def without_password(uri: str) -> str:
    """An address as it may be written down: without the name and the password in it."""
    parts = urlsplit(uri)
    if not parts.netloc:  # urlunsplit would lose slashes of sqlite:////folder
        return uri
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
