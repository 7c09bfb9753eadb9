"""``ovoz promote``: the gates again on current data, then the alias."""

import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from ovoz.cli.errors import stop

if TYPE_CHECKING:
    from ovoz.evaluation.gates import Verdict
    from ovoz.profile import Profile
    from ovoz.registry.registry import Registry

_FIRST = "test"
"""The test set on which running a model is measured."""


def promote(
    version: Annotated[str, typer.Argument(help="Number of the version; see `ovoz models`.")],
    alias: Annotated[str, typer.Argument(help="Where it goes: staging, canary, production.")],
    why: Annotated[str, typer.Option(help="The reason, written on the version.")],
    profile: Annotated[
        Path, typer.Option(help="The run's YAML file: its gates and its registry.")
    ] = Path("configs/demo.yaml"),
) -> None:
    """Judge a version on current data and, when it meets every gate, move the alias to it.

    Takes back a version that was rolled back, since you ask for it.
    """
    from ovoz.audio.decode import AudioError
    from ovoz.cli.settings import registry_settings
    from ovoz.corpus.manifest import ManifestError
    from ovoz.engine.artifact.storage import ArtifactError
    from ovoz.profile import ProfileError, load_profile
    from ovoz.registry.registry import Registry
    from ovoz.registry.version import RegistryError

    try:
        settings = load_profile(profile)
        registry = Registry(registry_settings(settings.registry))
        verdict = _judged(registry.version(version).artifact, _production(registry), settings)
        model = registry.promote(
            version, alias, verdict, who=getpass.getuser(), why=why, despite_withdrawal=True
        )
    except ManifestError as error:
        stop(f"{error}; run `make augment-data` first: gates are judged on current data")
    except (ProfileError, RegistryError, ArtifactError, AudioError) as error:
        stop(error)
    Console().print(f"{alias} is version {model.version}")


def _production(registry: "Registry") -> Path | None:
    """What the version is held against; None before the first promotion."""
    from ovoz.registry.version import UnknownVersionError

    try:
        return registry.resolve(registry.policy.production).artifact
    except UnknownVersionError:
        return None


def _judged(artifact: Path, production: Path | None, profile: "Profile") -> "Verdict":
    """Held against the gates and production as it would be served; prints the table."""
    from rich.progress import Progress

    from ovoz.cli.current_data import load_test_sets
    from ovoz.evaluation.candidate import PRODUCTION, SERVED, evaluate_candidate
    from ovoz.evaluation.gates import judge
    from ovoz.evaluation.tables import gate_table
    from ovoz.text.pack import load_pack

    names = dict.fromkeys([_FIRST, *(gate.test_set for gate in profile.gates.gates)])
    with Progress(transient=True) as bar:
        task = bar.add_task("clips", total=None)
        evaluation = evaluate_candidate(
            artifact,
            production,
            load_test_sets(names),
            profile.evaluation,
            lambda done, total: bar.update(task, completed=done, total=total),
        )
    verdict = judge(
        profile.gates,
        evaluation,
        SERVED,
        artifact=True,
        production=PRODUCTION if production is not None else None,
        pack=load_pack(profile.pack),
    )
    Console().print(gate_table(verdict, evaluation, PRODUCTION))
    return verdict
