"""What is in a Bento: an SBOM (CycloneDX) with the licence and the size of every part."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import Distribution
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import NAMESPACE_URL, uuid5

from ovoz.engine.artifact.description import ModelDescription
from ovoz.engine.artifact.storage import read_description
from ovoz.files import write_text

if TYPE_CHECKING:
    from cyclonedx.model import Property
    from cyclonedx.model.component import Component
    from cyclonedx.model.license import DisjunctiveLicense, LicenseExpression

SBOM_FILE: Final = "sbom.json"
_SIZE: Final = "ovoz:bytes"
_CLASSIFIER: Final = "License :: OSI Approved :: "
_LONGEST: Final = 80
"""Letters of a licence's name; some packages write the whole text in its place."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a Bento: a package, the model, or our code."""

    name: str
    version: str
    licence: str
    size_bytes: int


def write_sbom(context: Path, tag: str, model: Path, packages: Mapping[str, Distribution]) -> None:
    """Write :data:`SBOM_FILE` into the folder that becomes a Bento; the same parts, the same bytes.

    Args:
        context: The folder, with the code in it.
        tag: Of the Bento.
        model: The model artifact.
        packages: What the Bento installs.

    Raises:
        ArtifactError: ``model`` is no whole artifact.
    """
    from cyclonedx.model.bom import Bom, BomMetaData
    from cyclonedx.model.component import Component, ComponentType
    from cyclonedx.output.json import JsonV1Dot6

    description = read_description(model)
    name, _, version = tag.partition(":")
    whole = Component(
        name=name, version=version, type=ComponentType.APPLICATION, bom_ref="bento"
    )  # fmt: skip
    parts = [
        _model(description, _folder_bytes(model)),
        _code(_folder_bytes(context) - _folder_bytes(context / "model")),
        *(_package(*one) for one in packages.items()),
    ]
    bom = Bom(
        serial_number=uuid5(NAMESPACE_URL, tag),
        metadata=BomMetaData(component=whole, timestamp=description.created_at),
        components=parts,
    )
    bom.register_dependency(whole, parts)
    write_text(context / SBOM_FILE, JsonV1Dot6(bom).output_as_string(indent=1))


def read_parts(sbom: Path) -> Iterator[Part]:
    """The parts that an SBOM of ours names, the largest first.

    Raises:
        OSError: There is no such file.
        ValueError: It is none of ours.
    """
    components = json.loads(sbom.read_text("utf-8"))["components"]
    parts = []
    for one in components:
        sizes = [part["value"] for part in one.get("properties", ()) if part["name"] == _SIZE]
        licences = [_licence_name(entry) for entry in one.get("licenses", ())]
        told = " AND ".join(licences) or "not stated"
        parts.append(Part(one["name"], one.get("version", ""), told, int((sizes or ["0"])[0])))
    yield from sorted(parts, key=lambda part: -part.size_bytes)


def _licence_name(entry: dict[str, dict[str, str] | str]) -> str:
    stated = entry.get("license")
    if isinstance(stated, dict):
        return stated.get("id") or stated.get("name", "")
    return str(entry["expression"])


def _package(name: str, installed: Distribution) -> "Component":
    from cyclonedx.model.component import Component
    from packageurl import PackageURL

    return Component(
        name=name,
        version=installed.version,
        purl=PackageURL("pypi", name=name, version=installed.version),
        bom_ref=f"{name}=={installed.version}",
        licenses=_licences(installed),
        properties=_sized(_installed_bytes(installed)),
    )


def _model(description: ModelDescription, size_bytes: int) -> "Component":
    from cyclonedx.model import HashAlgorithm, HashType
    from cyclonedx.model.component import Component, ComponentType

    digest = description.files[description.served_file]
    return Component(
        name=description.name,
        version=description.model_version,
        type=ComponentType.MACHINE_LEARNING_MODEL,
        description=f"trained on {description.training_data}",
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest)],
        bom_ref="model",
        properties=_sized(size_bytes),
    )


def _code(size_bytes: int) -> "Component":
    from cyclonedx.factory.license import LicenseFactory
    from cyclonedx.model.component import Component, ComponentType

    return Component(
        name="ovoz",
        type=ComponentType.APPLICATION,
        bom_ref="code",
        licenses=[LicenseFactory().make_from_string("Apache-2.0")],
        properties=_sized(size_bytes),
    )


def _sized(size_bytes: int) -> "list[Property]":
    from cyclonedx.model import Property

    return [Property(name=_SIZE, value=str(size_bytes))]


def _licences(installed: Distribution) -> "list[DisjunctiveLicense | LicenseExpression]":
    """As its metadata states: an expression of SPDX, else classifiers, else the free field."""
    from cyclonedx.factory.license import LicenseFactory

    make, metadata = LicenseFactory(), installed.metadata.json
    if expression := metadata.get("license_expression"):
        return [make.make_from_string(str(expression))]
    classifiers = metadata.get("classifier") or []
    named = [one.removeprefix(_CLASSIFIER) for one in classifiers if one.startswith(_CLASSIFIER)]
    free = str(metadata.get("license") or "").strip()
    if not named and free and len(free) <= _LONGEST and "\n" not in free:
        return [make.make_from_string(free)]
    return [make.make_with_name(name) for name in named]


def _installed_bytes(installed: Distribution) -> int:
    files = (Path(str(file.locate())) for file in installed.files or ())
    return sum(file.stat().st_size for file in files if file.is_file())


def _folder_bytes(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
