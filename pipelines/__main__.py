"""``python -m pipelines``: run one pipeline, or all of them, as a profile says."""

import os
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from ovoz.cli.extras import run_command
from pipelines.environment import enter

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)

ProfileOption = Annotated[Path, typer.Option("--profile", help="YAML file of the run.")]
WorkspaceOption = Annotated[
    Path, typer.Option("--workspace", help="Folder of data, reports and state.")
]
_PROFILE = Path("configs/demo.yaml")
_HERE = Path()


@app.command()
def ingestion(profile: ProfileOption = _PROFILE, workspace: WorkspaceOption = _HERE) -> None:
    """Bring the corpus into data/ and put it under DVC."""
    _run(["ingestion"], profile, workspace)


@app.command()
def validation(profile: ProfileOption = _PROFILE, workspace: WorkspaceOption = _HERE) -> None:
    """Ingest, then check the corpus and set aside the rows that fail."""
    _run(["validation"], profile, workspace)


@app.command()
def data(profile: ProfileOption = _PROFILE, workspace: WorkspaceOption = _HERE) -> None:
    """Ingest, validate, and write the noisy copy of the test split."""
    _run(["data"], profile, workspace)


@app.command()
def training(profile: ProfileOption = _PROFILE, workspace: WorkspaceOption = _HERE) -> None:
    """Data, then train, evaluate, gate, export, gate again, register."""
    _run(["training"], profile, workspace)


@app.command()
def promotion(profile: ProfileOption = _PROFILE, workspace: WorkspaceOption = _HERE) -> None:
    """Promote the candidate to production, package it and ask it."""
    _run(["promotion"], profile, workspace)


@app.command()
def run(profile: ProfileOption = _PROFILE, workspace: WorkspaceOption = _HERE) -> None:
    """Everything: data, training, promotion."""
    _run(["training", "promotion"], profile, workspace)


@app.command("pseudo-labels")
def pseudo_labels(profile: ProfileOption = _PROFILE, workspace: WorkspaceOption = _HERE) -> None:
    """Transcribe recordings without a transcript; keep what is good enough to train on."""
    _run(["pseudo_labels"], profile, workspace)


@app.command()
def segments(profile: ProfileOption = _PROFILE, workspace: WorkspaceOption = _HERE) -> None:
    """Cut long recordings with a transcript into utterances to train on."""
    _run(["segments"], profile, workspace)


@app.command()
def splices(profile: ProfileOption = _PROFILE, workspace: WorkspaceOption = _HERE) -> None:
    """Make switched utterances out of the corpus's monolingual ones."""
    _run(["splices"], profile, workspace)


@app.command()
def ui(workspace: WorkspaceOption = _HERE) -> None:
    """Show MLflow, ZenML's dashboard and the reports on loopback."""
    from pipelines.ui import show_pages

    enter(workspace)
    show_pages(Console())


def _run(names: list[str], profile_path: Path, workspace: Path) -> None:
    """Run pipelines in one process: loading ZenML's integrations takes longer than most steps."""
    profile_path = profile_path.resolve()
    without_effect = enter(workspace)
    console = Console(soft_wrap=True)
    if without_effect:
        console.print(f"[dim]without effect here: {', '.join(without_effect)}[/dim]")
    with console.status("loading ZenML"):
        from ovoz.profile import ProfileError, load_profile
        from ovoz.registry.location import locate_registry, remember_registry
        from ovoz.workspace import Workspace
        from pipelines.run import RunFailedError, run_pipelines
    try:
        profile = load_profile(profile_path)
        remember_registry(profile.registry, Workspace())
        registry = locate_registry(os.environ, profile.registry)
        profile = profile.model_copy(update={"registry": registry})
        run_pipelines([_pipeline(name) for name in names], profile, console)
    except ProfileError as error:
        console.print(f"[red]error:[/red] {error}", highlight=False)
        raise typer.Exit(2) from error
    except RunFailedError as error:
        console.print(f"[red]stopped:[/red] {error}", highlight=False)
        raise typer.Exit(1) from error


def _pipeline(name: str) -> Callable[..., Any]:
    """The pipeline of that name, from the module of that name; those of the data share one."""
    module = "data" if name in ("ingestion", "validation") else name
    chosen: Callable[..., Any] = getattr(import_module(f"pipelines.{module}"), name)
    return chosen


if __name__ == "__main__":
    run_command(app)
