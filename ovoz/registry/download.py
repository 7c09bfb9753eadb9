"""``python -m ovoz.registry.download URI FOLDER``: fetch a version, once."""

import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from mlflow import MlflowClient, get_tracking_uri
from mlflow.artifacts import download_artifacts
from mlflow.exceptions import MlflowException

from ovoz.files import atomic_folder

_SOURCE: Final = ".source"


def main() -> None:
    """Fetch ``models:/name@alias`` or ``models:/name/version``.

    Prints where its files lie: a folder in the given one, with the number of the version as name.
    """
    uri, into = sys.argv[1:]
    try:
        name, number = _version_of(uri)
        folder = Path(into) / number
        source = f"{get_tracking_uri()} {MlflowClient().get_model_version(name, number).source}"
        if _source_of(folder) != source:
            with atomic_folder(folder) as unfinished, TemporaryDirectory() as scratch:
                fetched = download_artifacts(f"models:/{name}/{number}", dst_path=scratch)
                shutil.copytree(fetched, unfinished, dirs_exist_ok=True)
                (unfinished / _SOURCE).write_text(source, "utf-8")
    except MlflowException as error:
        sys.exit(str(error))
    sys.stdout.write(f"{folder}\n")


def _source_of(folder: Path) -> str | None:
    """Where a folder was fetched from: another registry gives the same numbers to other models."""
    try:
        return (folder / _SOURCE).read_text("utf-8")
    except OSError:
        return None


def _version_of(uri: str) -> tuple[str, str]:
    wanted = uri.removeprefix("models:/")
    name, _, alias = wanted.rpartition("@")
    if name:
        return name, str(MlflowClient().get_model_version_by_alias(name, alias).version)
    name, _, number = wanted.rpartition("/")
    return name, number


if __name__ == "__main__":
    main()
