"""``python -m pipelines``: run one pipeline, or all of them, as a profile says."""

import os
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.markup import escape

from ovoz.cli.extras import run_command
from ovoz.cli.given import GivenOption, read_given
from pipelines.environment import enter

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)

ProfileOption = Annotated[Path, typer.Option("--profile", help="YAML file of the run.")]
WorkspaceOption = Annotated[
    Path, typer.Option("--workspace", help="Folder of data, reports and state.")
]
WaitOption = Annotated[
    float, typer.Option("--wait-s", min=0, help="Seconds to wait for another run to end.")
]
_PROFILE = Path("configs/demo.yaml")
_HERE = Path()
NOBODY: Final = 3
"""Exit code of `forget` where nobody of that name is known."""


_COMMANDS: Final = {
    "ingestion": (["ingestion"], "Bring the corpus into data/ and put it under DVC."),
    "validation": (
        ["validation"],
        "Ingest, then check the corpus and set aside the rows that fail.",
    ),
    "data": (["data"], "Ingest, validate, and write the noisy copy of the test split."),
    "training": (["training"], "Data, then train, evaluate, gate, export, gate again, register."),
    "promotion": (
        ["promotion"],
        "Package the candidate, ask it, and make it production or its canary.",
    ),
    "run": (["training", "promotion"], "Everything: data, training, promotion."),
    "pseudo-labels": (
        ["pseudo_labels"],
        "Transcribe recordings without a transcript; keep what is good enough to train on.",
    ),
    "segments": (
        ["segments"],
        "Cut long recordings with a transcript into utterances to train on.",
    ),
    "splices": (
        ["splices"],
        "Make switched utterances out of the corpus's monolingual ones.",
    ),
    "monitoring": (
        ["monitoring"],
        "Hold the traffic of production against its test set, report, and act by the policy.",
    ),
}
"""Names of the pipelines that a command runs, and its help."""


def _add_command(name: str, pipelines: list[str], help_text: str) -> None:
    @app.command(name, help=help_text)
    def run(
        profile: ProfileOption = _PROFILE,
        workspace: WorkspaceOption = _HERE,
        given: GivenOption = None,
        wait_s: WaitOption = 0.0,
    ) -> None:
        _run(pipelines, profile, workspace, read_given(given), wait_s)


for _name, (_pipelines, _help) in _COMMANDS.items():
    _add_command(_name, _pipelines, _help)


@app.command()
def ui(workspace: WorkspaceOption = _HERE) -> None:
    """Show MLflow, ZenML's dashboard and the reports on loopback."""
    from pipelines.ui import PortTakenError, show_pages

    enter(workspace)
    console = Console(soft_wrap=True)
    try:
        show_pages(console)
    except PortTakenError as error:
        _tell(console, "error", error)
        raise typer.Exit(2) from error


@app.command("forget", help="Remove a speaker from the corpus and from every version of it.")
def forget_speaker(
    speaker: Annotated[str, typer.Argument(metavar="SPEAKER", help="The name in the manifest.")],
    workspace: WorkspaceOption = _HERE,
) -> None:
    """Show what was removed where, and what remains."""
    enter(workspace)
    console = Console(soft_wrap=True)
    from ovoz.relocation import relocate_locked
    from ovoz.temporary_folder import temporary_folder
    from ovoz.workspace import Workspace
    from ovoz.workspace_lock import WorkspaceBusyError, locked
    from pipelines.forgetting import REMAINS, UnknownSpeakerError, forget
    from pipelines.unfinished_store import remove_unfinished_store

    try:
        with locked(Workspace()), temporary_folder(Workspace()):
            relocate_locked(Workspace())
            remove_unfinished_store(Workspace())
            for forgotten in forget(speaker, Workspace()):
                console.print(f"{forgotten.place}: {forgotten.removed} removed", highlight=False)
    except UnknownSpeakerError as error:
        _tell(console, "error", error)
        raise typer.Exit(NOBODY) from error
    except (WorkspaceBusyError, OSError) as error:
        _tell(console, "error", error)
        raise typer.Exit(2) from error
    console.print(REMAINS)


@app.command("restore-data", help="Bring a version of the corpus from another workspace's DVC.")
def restore_data(
    version: Annotated[str, typer.Argument(help="DVC's hash of the folder.")],
    origin: Annotated[Path, typer.Option("--from", help="The workspace that has it.")],
    workspace: WorkspaceOption = _HERE,
) -> None:
    """Write the corpus into ``data/`` of the workspace; what the other one keeps stays as it is."""
    origin = origin.resolve()
    enter(workspace)
    console = Console(soft_wrap=True)
    from ovoz.workspace import Workspace
    from pipelines.restoring import NotRestoredError, restore_corpus

    try:
        restore_corpus(version, Workspace(origin), Workspace())
    except NotRestoredError as error:
        _tell(console, "error", error)
        raise typer.Exit(2) from error


def _run(
    names: list[str], profile_path: Path, workspace: Path, given: Mapping[str, str], wait_s: float
) -> None:
    """Run pipelines in one process: loading ZenML's integrations takes longer than most steps."""
    profile_path = profile_path.resolve()
    without_effect = enter(workspace)
    console = Console(soft_wrap=True)
    if without_effect:
        console.print(f"[dim]without effect here: {', '.join(without_effect)}[/dim]")
    from ovoz.temporary_folder import temporary_folder
    from ovoz.workspace import Workspace
    from ovoz.workspace_lock import WorkspaceBusyError, locked

    try:
        with locked(Workspace(), wait_s), temporary_folder(Workspace()):
            _run_locked(names, profile_path, given, console)
    except WorkspaceBusyError as error:
        _tell(console, "error", error)
        raise typer.Exit(2) from error


def _run_locked(
    names: list[str], profile_path: Path, given: Mapping[str, str], console: Console
) -> None:
    from ovoz.relocation import relocate_locked
    from ovoz.workspace import Workspace
    from pipelines.unfinished_store import remove_unfinished_store

    # Before ZenML is imported, which reads its configuration then.
    if moved := relocate_locked(Workspace()):
        console.print(f"[dim]{escape(moved)}[/dim]", highlight=False)
    if remove_unfinished_store(Workspace()):
        console.print("[dim]the records of a run that was killed at its start: made anew[/dim]")
    with console.status("loading ZenML"):
        from ovoz.corpus.sounds import SoundsError
        from ovoz.profile import ProfileError, load_profile
        from ovoz.registry.location import locate_registry, remember_registry
        from ovoz.registry.version import RegistryError
        from ovoz.training.requirements import (
            RequirementError,
            check_base_model,
            check_requirements,
        )
        from pipelines.recovery import recover
        from pipelines.run import RunFailedError, run_pipelines
    try:
        profile = load_profile(profile_path, given)
        if "training" in names and profile.remote is None:
            check_requirements(profile.training)
            if profile.second_reader is not None:
                check_base_model("second_reader.base_model", profile.second_reader.base_model)
        remember_registry(profile.registry, Workspace())
        registry = locate_registry(os.environ, profile.registry)
        profile = profile.model_copy(update={"registry": registry})
        recover(registry, console)
        run_pipelines([_pipeline(name) for name in names], profile, profile_path, console)
    except (ProfileError, RegistryError) as error:
        _tell(console, "error", error)
        raise typer.Exit(2) from error
    except (RequirementError, SoundsError) as error:
        _tell(console, "error", f"{profile_path}: {error}")
        raise typer.Exit(2) from error
    except RunFailedError as error:
        _tell(console, "stopped", error)
        raise typer.Exit(1) from error


def _tell(console: "Console", what: str, error: object) -> None:
    """Show an error; brackets in it are no markup."""
    console.print(f"[red]{what}:[/red] {escape(str(error))}", highlight=False)


def _pipeline(name: str) -> Callable[..., Any]:
    """The pipeline of that name, from the module of that name; those of the data share one."""
    module = "data" if name in ("ingestion", "validation") else name
    chosen: Callable[..., Any] = getattr(import_module(f"pipelines.{module}"), name)
    return chosen


if __name__ == "__main__":
    run_command(app)
