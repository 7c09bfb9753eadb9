"""The code of a commit, written into a folder of its own."""

from pathlib import Path
from typing import Final

_CODE: Final = ("ovoz", "steps", "pipelines", "bentos", "mlflow", "pyproject.toml")
"""What a run of the pipelines imports or reads."""


class NoSuchCommitError(LookupError):
    """The commit cannot be had here; the message gives the reason."""


def write_commit(source_root: Path, commit: str, folder: Path) -> None:
    """Write the code of ``commit`` into ``folder``.

    Args:
        source_root: The checkout whose repository is asked.
        commit: Hex digits of the commit.
        folder: Where the files go.

    Raises:
        NoSuchCommitError: There is no repository here, or it does not have the commit.
    """
    from dulwich.errors import NotGitRepository
    from dulwich.object_store import iter_tree_contents
    from dulwich.objects import Blob, Commit
    from dulwich.repo import Repo

    try:
        with Repo(str(source_root)) as repository:
            found = repository[commit.encode()]
            if not isinstance(found, Commit):
                raise NoSuchCommitError(f"{commit} is no commit of {source_root}")
            for entry in iter_tree_contents(repository.object_store, found.tree):
                path, content = entry.path.decode(), repository.object_store[entry.sha]
                if path.partition("/")[0] in _CODE and isinstance(content, Blob):
                    _write(folder / path, entry.mode, content.data)
    except NotGitRepository as error:
        raise NoSuchCommitError(f"{source_root} is no checkout of a repository") from error
    except (KeyError, ValueError) as error:
        raise NoSuchCommitError(f"{source_root} has no commit {commit}") from error


def _write(path: Path, mode: int, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if mode == 0o120000:  # Git's mode of a symbolic link, such as ovoz/registry/policy.yaml
        path.symlink_to(content.decode())
    else:
        path.write_bytes(content)
