"""``ovoz reproduce``: make a version again, and say where it differs and by which input."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ovoz.cli.errors import stop
from ovoz.cli.given import GivenOption, read_given

if TYPE_CHECKING:
    from ovoz.reproduction.comparison import BuiltVersion, Reproduction
    from ovoz.workspace import Workspace


def reproduce(
    version: Annotated[str, typer.Argument(help="Number of the version; see `ovoz models`.")],
    workspace: Annotated[
        Path, typer.Option(help="Folder of the rebuilt data and state; must be new or empty.")
    ] = Path("build/reproduced"),
    profile: Annotated[
        Path | None, typer.Option(help="Rebuild with this profile, not with the recorded one.")
    ] = None,
    given: GivenOption = None,
    present_code: Annotated[
        bool, typer.Option("--present-code", help="Rebuild with the code here, not the commit's.")
    ] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with a rebuild that was cut off.")
    ] = False,
) -> None:
    """Rebuild a version's data and training from its tags, and compare bytes and gate figures.

    Ends with 0 where everything is equal, and with 1 where something differs.
    """
    from ovoz.cli.settings import registry_settings
    from ovoz.engine.artifact.storage import ArtifactError
    from ovoz.profile import ProfileError, load_profile
    from ovoz.registry.registry import Registry
    from ovoz.registry.version import RegistryError
    from ovoz.reproduction.comparison import compare_versions
    from ovoz.reproduction.inputs import select_effective
    from ovoz.reproduction.rebuild import RebuildError
    from ovoz.reproduction.version import read_built_version
    from ovoz.workspace import Workspace

    try:
        registered = read_built_version(Registry(registry_settings()), version)
        asked = registered.inputs.profile
        if profile is not None:
            asked = select_effective(load_profile(profile, read_given(given)))
        _prepare(workspace, resume=resume)
        rebuilt = _rebuild(registered, asked, Workspace(workspace), present_code=present_code)
    except (ArtifactError, ProfileError, RebuildError, RegistryError, OSError) as error:
        stop(error)
    result = compare_versions(registered, rebuilt)
    _show(result)
    raise typer.Exit(1 if result.differing else 0)


def _prepare(workspace: Path, *, resume: bool) -> None:
    """Refuse a folder in which something is: its cache would give what was to be made again.

    Raises:
        RebuildError: The folder is not empty.
    """
    from ovoz.reproduction.rebuild import RebuildError

    if not resume and workspace.is_dir() and any(workspace.iterdir()):
        raise RebuildError(
            f"{workspace} is not empty: remove it, name another one with --workspace, or give"
            " --resume to go on with a rebuild that was cut off"
        )
    workspace.mkdir(parents=True, exist_ok=True)


def _rebuild(
    registered: "BuiltVersion", asked: dict[str, object], workspace: "Workspace", *,
    present_code: bool,
) -> "BuiltVersion":  # fmt: skip
    """The version made anew; what it was made of counts as asked for, not as it was pinned.

    Raises:
        RebuildError: The run ended without a version.
    """
    from ovoz.corpus.sources import is_made
    from ovoz.registry.registry import Registry
    from ovoz.registry.settings import RegistrySettings
    from ovoz.reproduction.rebuild import (
        choose_code,
        prepare_profile,
        restore_corpus,
        run_pipeline,
    )
    from ovoz.reproduction.version import read_built_version

    inputs = registered.inputs
    folder = workspace.state / "code"
    if folder.is_dir():  # of a rebuild that was cut off, perhaps in the middle of its files
        shutil.rmtree(folder)
    code = choose_code(inputs.code, inputs.commit, folder, present=present_code)
    console = Console()
    console.print(f"code: {escape(code.reason)}", highlight=False)
    served = registered.description.precision.value
    ready = prepare_profile(asked, inputs.arithmetic, served, from_dvc=False)
    if not is_made(ready.corpus):
        if not workspace.data.is_dir():
            restore_corpus(inputs.data, code.root, workspace)
        ready = prepare_profile(asked, inputs.arithmetic, served, from_dvc=True)
    run_pipeline(ready, code.root, workspace)
    root = workspace.root.resolve()
    settings = RegistrySettings(
        tracking_uri=f"sqlite:///{root / workspace.mlflow_database.relative_to(workspace.root)}",
        model=ready.registry.model,
    )
    registry = Registry(settings)
    rebuilt = read_built_version(registry, registry.aliases()[registry.policy.candidate])
    seen = rebuilt.inputs.model_copy(update={"profile": asked})
    return rebuilt.model_copy(update={"inputs": seen})


def _show(result: "Reproduction") -> None:
    table = Table("", "registered", "rebuilt", "")
    for one in result.outcomes:
        shown = [_shorten(value) for value in (one.registered, one.rebuilt)]
        table.add_row(escape(one.name), *shown, "equal" if one.is_equal else "[red]differs[/red]")
    console = Console(soft_wrap=True)
    console.print(table)
    console.print(escape(result.told), highlight=False)


def _shorten(value: str | float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.6g}" if isinstance(value, float) else value[:12]
