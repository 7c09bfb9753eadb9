"""Trains one stage: ``torchrun --nproc-per-node N -m ovoz.training SPEC.json``.

The file holds a :class:`ovoz.training.distributed.StageSpec`. The folder of the result is written
to ``SPEC.result`` beside it.
"""

import json
import os
import sys
from pathlib import Path

from ovoz.training.distributed import StageSpec, train_in_process


def main(path: Path) -> None:
    """Train, and write where the result is."""
    result = train_in_process(StageSpec.load(path))
    if int(os.environ.get("RANK", "0")) == 0:
        folder = str(result.checkpoint.parent)
        path.with_suffix(".result").write_text(json.dumps({"folder": folder}), encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: torchrun --nproc-per-node N -m ovoz.training SPEC.json")
    main(Path(sys.argv[1]))
