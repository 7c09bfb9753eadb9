"""A run's folder of temporary files, removed at its end or, where that was killed, by the next run.

Libraries remove their temporary files when their process ends, which SIGKILL prevents. The folder
is in the system's temporary folder, not in the workspace: sockets are made in it, whose paths must
not be long.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.util import Finalize
from pathlib import Path
from typing import Final

from ovoz.workspace import Workspace

_OF_MULTIPROCESSING: Final = "pymp-"
_AFTER_MULTIPROCESSING: Final = -200
"""Its own folder has -100."""


@contextmanager
def temporary_folder(workspace: Workspace) -> Iterator[Path]:
    """Let this process, and those that it starts, have a temporary folder of their own.

    Called under the workspace's lock: what other runs of it left belongs to dead processes.

    Args:
        workspace: Whose state exists.

    Raises:
        OSError: The system's temporary folder cannot be written.
    """
    # A copied workspace has another inode: it does not remove what the first one works with.
    state = workspace.state.stat()
    name = hashlib.sha256(f"{state.st_dev} {state.st_ino}".encode()).hexdigest()[:8]
    system = Path(tempfile.gettempdir())
    for left in system.glob(f"ovoz-{name}-*"):
        if left.lstat().st_uid == os.geteuid():
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=f"ovoz-{name}-", dir=system))
    before = tempfile.tempdir, os.environ.get("TMPDIR")
    tempfile.tempdir = os.environ["TMPDIR"] = str(folder)
    try:
        yield folder
    finally:
        tempfile.tempdir = before[0]
        os.environ.pop("TMPDIR")
        if before[1] is not None:
            os.environ["TMPDIR"] = before[1]
        _remove(folder)


def _remove(folder: Path) -> None:
    """Remove the folder, at the latest when the process ends.

    multiprocessing removes its own folder only then, and shows a traceback where it is gone.
    """
    for path in folder.iterdir():
        if path.name.startswith(_OF_MULTIPROCESSING):
            Finalize(None, shutil.rmtree, args=(folder, True), exitpriority=_AFTER_MULTIPROCESSING)
        elif path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    with suppress(OSError):  # not empty: as above
        folder.rmdir()
