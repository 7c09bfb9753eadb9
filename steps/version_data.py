"""The corpus under DVC."""

from pathlib import Path
from typing import Annotated

from zenml import log_metadata, step

from ovoz.corpus.dataset import Dataset
from ovoz.files import write_text
from ovoz.workspace import Workspace

_LOCAL_REMOTE = """\
[core]
    no_scm = true
    analytics = false
    remote = local
[cache]
    type = "reflink,hardlink,copy"
['remote "local"']
    url = {remote}
"""


@step(enable_cache=False)
def version_data(folder: str) -> Annotated[Dataset, "corpus"]:
    """Record the corpus in ``<folder>.dvc`` and copy it to the default remote."""
    from dvc.repo import Repo

    if not Path(".dvc").exists():
        Repo.init(".", no_scm=True).close()
        remote = Path("..") / Workspace().dvc_remote  # relative to the folder of the file
        write_text(Path(".dvc/config"), _LOCAL_REMOTE.format(remote=remote))
    with Repo(".") as repository:
        (stage,) = repository.add(folder)
        repository.push(targets=[f"{folder}.dvc"])
    version = stage.outs[0].hash_info.value
    log_metadata({"data_version": version})
    return Dataset.in_folder(Path(folder), version)
