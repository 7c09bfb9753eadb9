"""Train one stage: ``torchrun --nproc-per-node N -m ovoz.training JOB.json``.

The job is a :class:`ovoz.training.launch.StageJob`; a file beside it names the result's folder.
"""

import json
import os
import sys
from pathlib import Path

from ovoz.training.launch import StageJob, train_here


def main(path: Path) -> None:
    """Train, and say where the result is."""
    result = train_here(StageJob.load(path))
    if int(os.environ.get("RANK", "0")) == 0:
        folder = str(result.checkpoint.parent)
        path.with_suffix(".result").write_text(json.dumps({"folder": folder}), encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: torchrun --nproc-per-node N -m ovoz.training JOB.json")
    main(Path(sys.argv[1]))
