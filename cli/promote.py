"""``ovoz promote``: the gates again on current data, then the alias."""

import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from cli.errors import stop

if TYPE_CHECKING:
    from ovoz.evaluation.gates import GatesConfig, Verdict

_GREEDY, _SERVED = "greedy", "served"


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
    from cli.settings import registry_settings
    from ovoz.audio.decode import AudioError
    from ovoz.corpus.manifest import ManifestError
    from ovoz.engine.artifact import ArtifactError
    from pipelines.profile import ProfileError, load_profile
    from registry.registry import Registry
    from registry.version import RegistryError

    try:
        settings = load_profile(profile)
        registry = Registry(registry_settings(settings.registry))
        verdict = _judged(registry.version(version).artifact, settings.gates)
        model = registry.promote(
            version, alias, verdict, who=getpass.getuser(), why=why, despite_withdrawal=True
        )
    except ManifestError as error:
        stop(f"{error}; run `make augment-data` first: gates are judged on current data")
    except (ProfileError, RegistryError, ArtifactError, AudioError) as error:
        stop(error)
    Console().print(f"{alias} is version {model.version}")


def _judged(artifact: Path, gates: "GatesConfig") -> "Verdict":
    """Held against the gates as it would be served; prints the table."""
    from cli.current_data import load_test_sets, score
    from ovoz.decoding.config import DecoderConfig
    from ovoz.engine.artifact import read_description
    from ovoz.engine.load import load_engine
    from ovoz.evaluation.gates import judge
    from ovoz.evaluation.tables import gate_table

    systems = {
        _GREEDY: load_engine(artifact, decoder=DecoderConfig()),
        _SERVED: load_engine(artifact),
    }
    sets = load_test_sets(dict.fromkeys(gate.test_set for gate in gates.gates))
    evaluation = score(systems, sets, read_description(artifact, verify=False))
    verdict = judge(gates, evaluation, _SERVED)
    Console().print(gate_table(verdict, evaluation, _GREEDY))
    return verdict
