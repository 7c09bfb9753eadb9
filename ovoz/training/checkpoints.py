"""Checkpoints of an unfinished stage, each with the digests of its files."""

import json
import logging
import re
import shutil
from pathlib import Path
from typing import Final

from ovoz.files import complete_folder, file_sha256

DIGESTS_FILE: Final = "digests.json"

_NAME: Final = re.compile(r"checkpoint-(\d+)")

_log = logging.getLogger(__name__)


def complete_checkpoint(unfinished: Path, folder: Path) -> None:
    """Record the digests of a checkpoint's files, bring it to disk, and rename it to ``folder``."""
    files = (path for path in sorted(unfinished.rglob("*")) if path.is_file())
    digests = {path.relative_to(unfinished).as_posix(): file_sha256(path) for path in files}
    (unfinished / DIGESTS_FILE).write_text(json.dumps(digests, indent=1), encoding="utf-8")
    complete_folder(unfinished, folder)


def list_checkpoints(folder: Path) -> list[Path]:
    """Complete checkpoints in the folder of a trainer, oldest first."""
    found = [path for path in folder.glob("checkpoint-*") if _NAME.fullmatch(path.name)]
    return sorted(found, key=lambda path: int(path.name.removeprefix("checkpoint-")))


def find_whole_checkpoint(folder: Path) -> Path | None:
    """The newest checkpoint whose files are as they were written; None to train from the start.

    A damaged one is named in the log and removed: training comes by its step again.
    """
    for checkpoint in reversed(list_checkpoints(folder)):
        damaged = _find_damage(checkpoint)
        if damaged is None:
            return checkpoint
        _log.warning("%s is damaged: the stage continues from an older one", damaged)
        shutil.rmtree(checkpoint, ignore_errors=True)
    return None


def _find_damage(checkpoint: Path) -> Path | None:
    """The first file that is missing or changed."""
    record = checkpoint / DIGESTS_FILE
    try:
        digests: dict[str, str] = json.loads(record.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return record
    for name, digest in digests.items():
        file = checkpoint / name
        if not file.is_file() or file_sha256(file) != digest:
            return file
    return None
