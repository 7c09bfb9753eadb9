"""MLflow runs of a pipeline: one per stage of the training, one per evaluation."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from pydantic import BaseModel

from ovoz.evaluation.rows import HypothesisRow, write_rows
from ovoz.registry.settings import RegistrySettings
from ovoz.registry.store import open_client, prepare_store

# The root of a checkout; site-packages, which is no repository, when installed from a wheel.
_SOURCE_ROOT: Final = Path(__file__).resolve().parents[2]


_CHANGED: Final = "+changed"
_CODE: Final = (b"ovoz/", b"steps/", b"pipelines/", b"bentos/", b"constraints.txt")
"""What decides results. A run writes other tracked files itself, such as dvc.lock and metrics/."""


def code_version(source_root: Path = _SOURCE_ROOT) -> str:
    """Commit of the source code, or the version of the package outside a repository.

    "+changed" follows where tracked files of the code differ from the commit, which alone does not
    give the results again.
    """
    from importlib.metadata import version

    from dulwich import porcelain
    from dulwich.errors import NotGitRepository
    from dulwich.repo import Repo

    try:
        with Repo(str(source_root)) as repository:
            commit = repository.head().decode()
            status = porcelain.status(repository, untracked_files="no")
    except (NotGitRepository, KeyError):
        return version("ovoz")
    changed = [*status.unstaged, *(name for names in status.staged.values() for name in names)]
    return f"{commit}{_CHANGED}" if any(name.startswith(_CODE) for name in changed) else commit


@contextmanager
def tracked_run(
    settings: RegistrySettings,
    name: str,
    key: Mapping[str, str],
    tags: Mapping[str, str] | None = None,
) -> Iterator[str]:
    """An MLflow run called ``name``; an interrupted run of the same key is resumed.

    Args:
        settings: Where the runs are.
        name: Shown in the list of runs.
        key: Tags that two runs share only if their figures are those of one training.
        tags: Further tags.

    Yields:
        The run's id.
    """
    import mlflow

    prepare_store(settings)
    mlflow.set_tracking_uri(settings.tracking_uri)
    experiment = mlflow.set_experiment(settings.experiment).experiment_id
    wanted = " and ".join(f"tags.`{tag}` = '{value}'" for tag, value in key.items())
    unfinished = mlflow.search_runs(
        [experiment],
        filter_string=f"{wanted} and attributes.status != 'FINISHED'",
        output_format="list",
        max_results=1,
    )
    run_id = unfinished[0].info.run_id if unfinished else None
    name_if_new, written = None if run_id else name, {**key, **(tags or {})}
    with mlflow.start_run(run_id=run_id, run_name=name_if_new, tags=written) as run:
        yield run.info.run_id


def end_dead_runs(settings: RegistrySettings) -> int:
    """Mark the runs that a local database calls running as killed; returns their number.

    For whoever knows that no process writes there. A training of the same key resumes its run.
    """
    database = settings.database()
    if database is None or not database.is_file():
        return 0
    from mlflow.entities import RunStatus

    client = open_client(settings)
    experiment = client.get_experiment_by_name(settings.experiment)
    running = "attributes.status = 'RUNNING'"
    found = client.search_runs([experiment.experiment_id], running) if experiment else []
    for run in found:
        client.set_terminated(run.info.run_id, RunStatus.to_string(RunStatus.KILLED))
    return len(found)


def log_evaluation(
    settings: RegistrySettings, page: str, summary: str, rows: Sequence[HypothesisRow]
) -> None:
    """Log an evaluation in a run of its own: as a page, as Markdown, and every hypothesis."""
    import mlflow

    with (
        tracked_run(settings, "evaluation", {"ovoz.step": "report"}),
        TemporaryDirectory() as scratch,
    ):
        mlflow.log_text(page, "evaluation.html")
        mlflow.log_text(summary, "evaluation.md")
        mlflow.log_artifact(str(write_rows(rows, Path(scratch) / "hypotheses.parquet")))


def log_parameters(parameters: BaseModel) -> None:
    """Record the fields of ``parameters`` with the run of the surrounding :func:`tracked_run`."""
    import mlflow

    mlflow.log_params(parameters.model_dump(mode="json"))
