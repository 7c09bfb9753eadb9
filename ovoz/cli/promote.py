"""``ovoz promote``: the gates again on current data, then the alias."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from ovoz.cli.errors import stop
from ovoz.cli.given import GivenOption, read_given
from ovoz.cli.telling import KeyOption, TellOption, tell_services

if TYPE_CHECKING:
    from ovoz.evaluation.judgement import Verdict
    from ovoz.profile import Profile
    from ovoz.registry.registry import Registry


def promote(
    version: Annotated[str, typer.Argument(help="Number of the version; see `ovoz models`.")],
    alias: Annotated[
        str, typer.Option("--to", metavar="ALIAS", help="Where: staging, canary, production.")
    ],
    why: Annotated[str, typer.Option(help="The reason, written on the version.")],
    profile: Annotated[
        Path, typer.Option(help="The run's YAML file: its gates and its registry.")
    ] = Path("configs/demo.yaml"),
    given: GivenOption = None,
    tell: TellOption = None,
    key: KeyOption = "",
) -> None:
    """Judge a version on current data and, when it meets every gate, move the alias to it.

    Takes back a version that was rolled back, since you ask for it.
    """
    from ovoz.audio.containers import AudioError
    from ovoz.cli.settings import registry_settings
    from ovoz.corpus.manifest import ManifestError
    from ovoz.engine.artifact.storage import ArtifactError
    from ovoz.profile import ProfileError, load_profile
    from ovoz.registry.registry import Registry
    from ovoz.registry.revisions import read_revisions
    from ovoz.registry.user import user_name
    from ovoz.registry.version import RegistryError
    from ovoz.workspace import Workspace

    filled = read_given(given)
    try:
        settings = load_profile(profile, filled)
        registry = Registry(registry_settings(settings.registry))
        since = registry.aliases()
        verdict = judge_version(registry, version, settings)
        model = registry.promote(
            version,
            alias,
            verdict,
            who=user_name(),
            why=why,
            since=since,
            revisions=read_revisions(Workspace()),
            despite_withdrawal=True,
        )
    except ManifestError as error:
        stop(f"{error}; run `make augment-data` first: gates are judged on current data")
    except (ProfileError, RegistryError, ArtifactError, AudioError) as error:
        stop(error)
    Console().print(f"{alias} is version {model.version}")
    tell_services(tell, key)


def judge_version(registry: "Registry", version: str, profile: "Profile") -> "Verdict":
    """Held against the gates and its rivals as it would be served; prints the table.

    Raises:
        ArtifactError: The files of the version are missing or damaged.
        AudioError: A recording cannot be read.
        ManifestError: There are no test sets.
        RegistryError: There is no such version, or the registry does not answer.
    """
    from ovoz.corpus.dataset import accepted_rows, noisy_test
    from ovoz.evaluation.candidate import evaluate_candidate
    from ovoz.evaluation.judgement import judge_served
    from ovoz.evaluation.systems import PRODUCTION
    from ovoz.evaluation.tables import build_gate_table
    from ovoz.evaluation.testsets import STORED, TEST, load_test_sets
    from ovoz.progress import progress_bar
    from ovoz.registry.rivals import find_rivals
    from ovoz.workspace import Workspace

    artifact = registry.version(version).artifact
    rivals = {name: model.artifact for name, model in find_rivals(registry, version).items()}
    # The operation of a model is measured on the first test set, whatever the gates name.
    names = [name for name in STORED if name in {TEST, *profile.gates.test_sets}]
    sets = load_test_sets(accepted_rows(Workspace()), noisy_test(Workspace()), names)
    scored = [test_set for test_set in sets if test_set.utterances]
    with progress_bar("clips") as progress:
        evaluation = evaluate_candidate(artifact, rivals, scored, profile.evaluation, progress)
    verdict = judge_served(evaluation, profile.gates, profile.pack, artifact=True, rivals=rivals)
    Console().print(build_gate_table(verdict, evaluation, PRODUCTION))
    return verdict
