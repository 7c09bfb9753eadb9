"""Files of a data set on the Hugging Face hub, or of a folder with its layout."""

import tarfile
from collections.abc import Iterator
from pathlib import Path

from ovoz.corpus.manifest import ManifestError


def fetch_snapshot(source: Path, *patterns: str) -> Path:
    """The folder itself, or that of the hub's data set of this name, fetched as far as missing.

    A cut-off download goes on where it was. A private data set needs the token that
    ``huggingface-cli login`` stores, or ``HF_TOKEN``.

    Args:
        source: A folder, or ``owner/name`` on the hub.
        patterns: Files wanted of the hub, such as ``data/uz_uz/*``.

    Raises:
        ManifestError: Neither a folder nor a data set that can be had.
    """
    if source.is_dir():
        return source
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    try:
        return Path(
            snapshot_download(str(source), repo_type="dataset", allow_patterns=list(patterns))
        )
    except (OSError, HfHubHTTPError, HFValidationError) as error:
        raise ManifestError(
            f"{source}: no such folder, and no data set that the hub gives: {error}"
        ) from error


def read_members(archive: Path) -> Iterator[tuple[str, bytes]]:
    """File names and contents of a tar archive, compressed or not, one in memory at a time.

    Raises:
        ManifestError: The archive cannot be read to its end.
    """
    try:
        with tarfile.open(archive, "r|*") as stream:
            for member in stream:
                file = stream.extractfile(member) if member.isfile() else None
                if file is not None:
                    yield Path(member.name).name, file.read()
    except (OSError, EOFError, tarfile.TarError) as error:
        raise ManifestError(
            f"{archive}: not a readable archive: {error}; remove it to have it fetched again"
        ) from error
