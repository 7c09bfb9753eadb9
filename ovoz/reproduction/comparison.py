"""A registered version beside the rebuilt one: inputs, bytes and figures."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from ovoz.engine.artifact.description import ModelDescription
from ovoz.registry.version_tags import select_deciding
from ovoz.reproduction.inputs import VersionInputs
from ovoz.training.learning_curve import LearningCurve

_TIMED: Final = frozenset({"latency_p95_ratio", "real_time_factor_ratio", "memory_mb"})
"""Figures of a clock or of an allocator, which no two runs share."""

_MOST: Final = 5
"""Changed items of one input that are named."""


class InputDifference(BaseModel):
    """An input that is not the registered one: its name, and what of it differs, in words."""

    model_config = ConfigDict(frozen=True)

    name: str
    changes: tuple[str, ...]

    @property
    def told(self) -> str:
        """Name and changes in a line."""
        more = len(self.changes) - _MOST
        rest = (f"{more} more",) if more > 0 else ()
        return f"{self.name}: {'; '.join((*self.changes[:_MOST], *rest))}"


class ComparedOutcome(BaseModel):
    """What was registered and what was rebuilt; None where one of them does not have it."""

    model_config = ConfigDict(frozen=True)

    name: str
    registered: str | float | None
    rebuilt: str | float | None

    @property
    def is_equal(self) -> bool:
        """Whether both are the same."""
        return self.registered == self.rebuilt


class BuiltVersion(BaseModel):
    """A version with what it was made of."""

    model_config = ConfigDict(frozen=True)

    inputs: VersionInputs
    course: LearningCurve
    description: ModelDescription


class Reproduction(BaseModel):
    """The result: inputs that differ, and every outcome in the order in which it is made."""

    model_config = ConfigDict(frozen=True)

    inputs: tuple[InputDifference, ...]
    outcomes: tuple[ComparedOutcome, ...]

    @property
    def differing(self) -> tuple[ComparedOutcome, ...]:
        """Outcomes that are not equal."""
        return tuple(one for one in self.outcomes if not one.is_equal)

    @property
    def told(self) -> str:
        """The conclusion, for people."""
        changed = "\n".join(f"  {one.told}" for one in self.inputs)
        if not self.differing:
            despite = f", although inputs differ:\n{changed}" if changed else ""
            return f"reproduced: {len(self.outcomes)} of {len(self.outcomes)} are equal{despite}"
        first = f"not reproduced: the first that differs is {self.differing[0].name}"
        if not changed:
            return f"{first}; every recorded input is equal: another one decides"
        return f"{first}; inputs that differ:\n{changed}"


def compare_versions(registered: BuiltVersion, rebuilt: BuiltVersion) -> Reproduction:
    """Hold a rebuilt version against the registered one."""
    return Reproduction(
        inputs=tuple(compare_inputs(registered.inputs, rebuilt.inputs)),
        outcomes=tuple(_compare_outcomes(registered, rebuilt)),
    )


def compare_inputs(registered: VersionInputs, here: VersionInputs) -> Iterator[InputDifference]:
    """Inputs that differ, in the order in which they come into play."""
    flat, flat_here = dict(_flatten(registered.profile)), dict(_flatten(here.profile))
    stages = {name: str(one) for name, one in registered.arithmetic.items()}
    stages_here = {name: str(one) for name, one in here.arithmetic.items()}
    compared = {
        "code": compare_code(registered.code, here.code),
        "profile": _changes(flat, flat_here),
        "libraries": _changes(registered.libraries, here.libraries),
        "data": _changes({"corpus": registered.data}, {"corpus": here.data}),
        "processor": _changes({"": registered.processor}, {"": here.processor}),
        "arithmetic": _changes(stages, stages_here),
    }
    for name, changes in compared.items():
        if changes:
            yield InputDifference(name=name, changes=changes)


def compare_code(registered: Mapping[str, str], here: Mapping[str, str]) -> tuple[str, ...]:
    """Files that differ; a digest says nothing to people, so they are only named."""
    return tuple(
        f"{file} ({_kind(registered.get(file), here.get(file))})"
        for file in sorted({*registered, *here})
        if registered.get(file) != here.get(file)
    )


def _kind(registered: str | None, here: str | None) -> str:
    if not registered:
        return "new"
    return "changed" if here else "gone"


def _changes(registered: Mapping[str, Any], here: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(
        f"{key} {registered.get(key, 'none')} → {here.get(key, 'none')}".lstrip()
        for key in sorted({*registered, *here})
        if registered.get(key) != here.get(key)
    )


def _flatten(value: object, key: str = "") -> Iterator[tuple[str, object]]:
    """Leaves of a tree by their dotted keys."""
    if isinstance(value, Mapping) and value:
        for name, inner in value.items():
            yield from _flatten(inner, f"{key}.{name}" if key else str(name))
    elif isinstance(value, list) and value:
        for place, inner in enumerate(value):
            yield from _flatten(inner, f"{key}.{place}")
    else:
        yield key, value


def _compare_outcomes(registered: BuiltVersion, rebuilt: BuiltVersion) -> Iterator[ComparedOutcome]:
    yield from _compare("", {"corpus": registered.inputs.data}, {"corpus": rebuilt.inputs.data})
    yield from _compare("weights of stage ", _weights(registered), _weights(rebuilt))
    yield from _compare("", _texts(registered), _texts(rebuilt))
    yield from _compare("gate ", _figures(registered), _figures(rebuilt))


def _compare(
    prefix: str, registered: Mapping[str, Any], rebuilt: Mapping[str, Any]
) -> Iterator[ComparedOutcome]:
    for name in (*registered, *(name for name in rebuilt if name not in registered)):
        yield ComparedOutcome(
            name=f"{prefix}{name}", registered=registered.get(name), rebuilt=rebuilt.get(name)
        )


def _weights(version: BuiltVersion) -> dict[str, str]:
    return {stage.stage: stage.weights for stage in version.course.stages}


def _texts(version: BuiltVersion) -> dict[str, str]:
    """Digests of the files that decide what the model writes."""
    description = version.description
    return {"served precision": description.precision.value, **select_deciding(description.files)}


def _figures(version: BuiltVersion) -> dict[str, float]:
    return {
        gate.metric: gate.value for gate in version.description.gates if gate.metric not in _TIMED
    }
