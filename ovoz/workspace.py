"""Folders of a run: the one place that knows where data, reports and state lie.

``data/`` is under DVC, ``reports/`` and ``metrics/`` are for people, ``.ovoz/`` holds the stores of
ZenML, MLflow and BentoML and what the steps make. Removing the root removes every trace of a run.
"""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Workspace:
    """Paths below ``root``, by default the current folder; none of them is created by naming it."""

    root: Path = Path()

    @property
    def data(self) -> Path:
        """The corpus, versioned by DVC."""
        return self.root / "data"

    @property
    def reports(self) -> Path:
        """Pages and tables that people read."""
        return self.root / "reports"

    @property
    def metrics(self) -> Path:
        """Figures that DVC compares between versions."""
        return self.root / "metrics"

    @property
    def pseudo_labelled(self) -> Path:
        """Recordings with a machine's transcripts."""
        return self.root / "pseudo-labelled"

    @property
    def segmented(self) -> Path:
        """Utterances cut from long recordings."""
        return self.root / "segmented"

    @property
    def spliced(self) -> Path:
        """Switched utterances made of monolingual ones."""
        return self.root / "spliced"

    @property
    def state(self) -> Path:
        """Everything that a run keeps for itself."""
        return self.root / ".ovoz"

    @property
    def validation(self) -> Path:
        """Manifest of the accepted rows, quarantine and data documentation."""
        return self.state / "validation"

    @property
    def heard(self) -> Path:
        """What validation heard in the files of the corpus."""
        return self.state / "heard.parquet"

    @property
    def sounds(self) -> Path:
        """Decoded recordings of noise and rooms, for augmentation."""
        return self.state / "sounds"

    @property
    def noisy_test(self) -> Path:
        """The noisy copy of the test split."""
        return self.state / "noisy-test"

    @property
    def language_models(self) -> Path:
        """N-gram models of the training text."""
        return self.state / "language-models"

    @property
    def imported(self) -> Path:
        """Artifacts of models that others trained."""
        return self.state / "imported"

    @property
    def training(self) -> Path:
        """Checkpoints, one folder per stage and configuration."""
        return self.state / "training"

    @property
    def exported(self) -> Path:
        """The artifact in every precision."""
        return self.state / "exported"

    @property
    def chosen(self) -> Path:
        """The artifact in the precision that is served."""
        return self.state / "chosen"

    @property
    def registered(self) -> Path:
        """The artifact with its figures, as it was registered last."""
        return self.state / "registered"

    @property
    def traffic(self) -> Path:
        """Where the pipeline `monitoring` looks for the traffic log."""
        return self.state / "traffic"

    @property
    def evidently(self) -> Path:
        """Evidently's workspace: reports of traffic, day by day."""
        return self.state / "evidently"

    @property
    def registry(self) -> Path:
        """Settings of the registry that the last run wrote to."""
        return self.state / "registry.json"

    @property
    def mlflow_database(self) -> Path:
        """MLflow's SQLite file."""
        return self.state / "mlflow" / "mlflow.db"

    @property
    def mlflow_artifacts(self) -> Path:
        """MLflow's artifact store."""
        return self.state / "mlflow" / "artifacts"

    @property
    def downloads(self) -> Path:
        """Artifacts fetched from a remote registry."""
        return self.state / "downloads"

    @property
    def models(self) -> Path:
        """Models that the service fetched by ``MODEL_ID``."""
        return self.state / "models"

    @property
    def bentoml(self) -> Path:
        """BentoML's home."""
        return self.state / "bentoml"

    @property
    def jobs(self) -> Path:
        """Recordings and database of jobs."""
        return self.state / "jobs"

    @property
    def api_keys(self) -> Path:
        """Hashes of the service's API keys."""
        return self.state / "api_keys"

    @property
    def zenml(self) -> Path:
        """ZenML's configuration and database."""
        return self.state / "zenml"

    @property
    def zenml_stores(self) -> Path:
        """ZenML's artifact store."""
        return self.state / "zenml-stores"

    @property
    def zenml_database(self) -> Path:
        """ZenML's SQLite file."""
        return self.zenml_stores / "default_zen_store" / "zenml.db"

    @property
    def dvc_remote(self) -> Path:
        """DVC's local remote."""
        return self.state / "dvc-remote"

    @property
    def dvc_site_cache(self) -> Path:
        """What DVC knows of the files it has seen, and its locks."""
        return self.state / "dvc"
