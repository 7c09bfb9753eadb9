"""Versions of a folder by DVC, which shares files between folder, cache and a local remote."""

from pathlib import Path
from typing import Any, Final

from ovoz.files import write_text
from ovoz.workspace import Workspace

_LOCAL_REMOTE: Final = """\
[core]
    no_scm = true
    analytics = false
    remote = local
[cache]
    type = "reflink,hardlink,copy"
['remote "local"']
    url = {remote}
"""


def version_folder(folder: Path) -> str:
    """Record a folder in ``<folder>.dvc``, push it to the default remote; returns DVC's hash.

    A workspace without DVC gets a local remote, and a cache whose files the folder shares by
    reflinks or hard links where the file system has them.
    """
    from dvc.repo import Repo

    if not Path(".dvc").exists():
        Repo.init(".", no_scm=True).close()
        remote = Path("..") / Workspace().dvc_remote  # relative to the folder of the file
        write_text(Path(".dvc/config"), _LOCAL_REMOTE.format(remote=remote))
    with Repo(".") as repository:
        (stage,) = repository.add(str(folder))
        _link(repository, stage.outs[0].hash_info)
        repository.push(targets=[f"{folder}.dvc"])
    return str(stage.outs[0].hash_info.value)


def _link(repository: Any, version: Any) -> None:  # noqa: ANN401  (DVC has no types)
    """Give a remote on this machine the files of the cache as links, where it can have them.

    ``dvc push`` copies: with the folder and the cache a corpus would take three times its size.
    """
    from dvc_data.hashfile.transfer import transfer

    store = repository.cloud.get_remote_odb()
    if store.fs.protocol == "local":
        transfer(repository.cache.local, store, [version], hardlink=True, shallow=False)
