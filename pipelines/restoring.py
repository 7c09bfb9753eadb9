"""A version of the corpus brought back from DVC's cache or remotes into another workspace."""

import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from ovoz.workspace import Workspace

_CACHE: Final = "cache"
_TRACKED: Final = """\
outs:
- md5: {hash}
  hash: md5
  path: {path}
"""


class NotRestoredError(RuntimeError):
    """DVC has not all files of the version; the message says what to do."""


def restore_corpus(version: str, origin: Workspace, workspace: Workspace) -> None:
    """Write a version of the corpus into ``workspace``, as ``origin`` kept it.

    Nothing is written into the cache or the remotes of ``origin``.

    Args:
        version: DVC's hash of the folder.
        origin: The workspace whose cache and remotes are asked, in this order.
        workspace: Where the corpus goes; the current folder.

    Raises:
        NotRestoredError: There is no DVC in ``origin``, or it has not all files of the version.
    """
    from dvc.exceptions import DvcException
    from dvc.repo import Repo

    try:
        with Repo(str(origin.root)) as kept:
            remotes = {name: dict(remote) for name, remote in kept.config["remote"].items()}
            remotes[_CACHE] = {"url": kept.cache.local_cache_dir}
    except DvcException as error:
        raise NotRestoredError(f"{origin.root}: {error}") from error
    tracked = workspace.data.with_suffix(".dvc")
    tracked.write_text(_TRACKED.format(hash=version, path=workspace.data.name), "utf-8")
    Repo.init(".", no_scm=True, force=True).close()
    try:
        with Repo(".") as repository, repository.config.edit() as config:
            config["remote"] = remotes
            config["cache"]["type"] = ["reflink", "copy"]
        with Repo(".") as repository:
            for remote in sorted(remotes, key=lambda name: name != _CACHE):
                _fetch(repository, remote)
            repository.checkout()
    except DvcException as error:
        shutil.rmtree(workspace.data, ignore_errors=True)
        raise NotRestoredError(
            f"DVC has not all files of the corpus {version} (removed by `dvc gc` or because a"
            f" speaker was forgotten?): {error}"
        ) from error
    finally:
        # The run that follows makes a repository of its own, with a remote of its own.
        shutil.rmtree(".dvc")
        tracked.unlink()
        Path(".dvcignore").unlink(missing_ok=True)


def _fetch(repository: Any, remote: str) -> None:
    """Fetch what a remote has; the check-out tells what none of them had."""
    from dvc.exceptions import DvcException

    with suppress(DvcException):
        repository.fetch(remote=remote)
