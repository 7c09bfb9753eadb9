"""A version of a registry with what it was made of."""

from typing import TYPE_CHECKING

from pydantic import ValidationError

from ovoz.engine.artifact.storage import read_description
from ovoz.evaluation.card import read_curve
from ovoz.registry.version_tags import INPUTS_TAG
from ovoz.reproduction.comparison import BuiltVersion
from ovoz.reproduction.inputs import VersionInputs
from ovoz.reproduction.rebuild import RebuildError

if TYPE_CHECKING:
    from ovoz.registry.registry import Registry


def read_built_version(registry: "Registry", number: str) -> BuiltVersion:
    """A version, its files checked against its description.

    Raises:
        RebuildError: Its inputs were not recorded: it was imported, or registered before they were.
        RegistryError: There is no such version, or the registry does not answer.
        ArtifactError: Its files are missing or damaged.
    """
    artifact = registry.version(number).artifact
    recorded = registry.tags(number).get(INPUTS_TAG)
    if recorded is None:
        raise RebuildError(
            f"version {number} has no tag {INPUTS_TAG}: it was imported, or registered before"
            " inputs were recorded; train it once more with this version of ovoz"
        )
    try:
        inputs = VersionInputs.model_validate_json(recorded)
    except ValidationError as error:
        raise RebuildError(
            f"version {number}: the tag {INPUTS_TAG} is none that this version of ovoz reads"
        ) from error
    return BuiltVersion(
        inputs=inputs, course=read_curve(artifact), description=read_description(artifact)
    )
