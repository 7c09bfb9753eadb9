"""Training in processes of their own, which tests start and kill."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from ovoz.model.tokenizer import CharTokenizer
from ovoz.training.config import StageConfig, TrainingConfig

_SCRIPT = """
import sys
from pathlib import Path
from ovoz.corpus.manifest import read_manifest
from ovoz.model.tokenizer import CharTokenizer
from ovoz.training.config import StageConfig, TrainingConfig
from ovoz.training.stage import train_stage
{setup}
root, work = Path(sys.argv[1]), Path(sys.argv[2])
stage = StageConfig.model_validate_json(sys.argv[3])
config = TrainingConfig.model_validate_json(sys.argv[4])
tokenizer = CharTokenizer(sys.argv[5])
train_stage(stage, config, read_manifest(root / "m.parquet"), root, work, None, tokenizer=tokenizer)
"""


def start_training(
    root: Path,
    work: Path,
    stage: StageConfig,
    config: TrainingConfig,
    tokenizer: CharTokenizer,
    setup: str = "",
) -> subprocess.Popen[bytes]:
    """Train on ``m.parquet`` in ``root``; ``setup`` is Python that runs first."""
    command = [
        sys.executable, "-c", _SCRIPT.format(setup=setup), str(root), str(work),
        stage.model_dump_json(), config.model_dump_json(), "".join(tokenizer.symbols),
    ]  # fmt: skip
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "PYTHONPATH": str(Path.cwd())}
    return subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)


def kill_when(process: subprocess.Popen[bytes], found: Callable[[], object]) -> None:
    """Kill a training as soon as ``found`` gives something."""
    deadline = time.monotonic() + 200
    while not found():
        assert process.poll() is None, "training ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()
