"""What people read of a validation, where they look for it."""

import shutil
from pathlib import Path
from typing import Final

from ovoz.corpus.dropped import DROPPED_FILE
from ovoz.files import atomic_file, atomic_folder
from ovoz.workspace import Workspace

_REPORTS: Final = Workspace().reports
DATA_DOCS: Final = _REPORTS / "data-docs"
ROWS: Final = _REPORTS / "rows.md"
DROPPED: Final = _REPORTS / DROPPED_FILE
_PUBLISHED: Final = {
    "summary.md": ROWS,
    DROPPED_FILE: DROPPED,
    "quarantine.csv": _REPORTS / "quarantine.csv",
    "warnings.csv": _REPORTS / "warnings.csv",
}


def remove_publication() -> int:
    """Remove what :func:`publish_validation` wrote; returns the number of pages and tables."""
    pages = [place for place in (DATA_DOCS, *_PUBLISHED.values()) if place.exists()]
    for place in pages:
        if place.is_dir():
            shutil.rmtree(place)
        else:
            place.unlink()
    return len(pages)


def publish_validation(report: Path) -> None:
    """Publish the data documentation, the summary and the tables of rows of a validation."""
    with atomic_folder(DATA_DOCS) as unfinished:
        shutil.copytree(report / "data_docs", unfinished, dirs_exist_ok=True)
    for name, place in _PUBLISHED.items():
        with atomic_file(place) as unfinished:
            shutil.copy(report / name, unfinished)
