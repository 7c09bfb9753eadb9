"""What the served process may not hold."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FORBIDDEN = ("torch", "transformers", "zenml", "dvc", "great_expectations", "datasets", "mlflow")


def test_service_loads_no_training_dependency(artifact: Path) -> None:
    code = (
        "import sys, bentos.asr.service\n"
        f"print([name for name in {FORBIDDEN} if name in sys.modules])"
    )
    environment = os.environ | {"OVOZ_MODEL_DIR": str(artifact), "BENTOML_DO_NOT_TRACK": "True"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().endswith("[]")
