"""Which source a configuration names, and how it is read."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

from pydantic import Field

from ovoz.corpus.folder import FolderConfig, read_folder
from ovoz.corpus.synthetic.config import SyntheticConfig

SourceConfig = Annotated[SyntheticConfig | FolderConfig, Field(discriminator="source")]
"""Settings of any source; the field ``source`` says which."""


def read_source(
    config: SyntheticConfig | FolderConfig,
    folder: Path,
    progress: Callable[[int, int], None] | None = None,
) -> Path:
    """Bring the source that ``config`` names into ``folder``; returns the manifest's path."""
    if isinstance(config, FolderConfig):
        return read_folder(config, folder, progress)
    from ovoz.corpus.synthetic.generate import generate

    return generate(config, folder, progress)
