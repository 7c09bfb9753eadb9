"""What people read of a validation, where they look for it."""

import shutil
from pathlib import Path
from typing import Final

from ovoz.corpus.dropped import DROPPED_FILE
from ovoz.files import atomic_file, atomic_folder
from ovoz.workspace import Workspace

_REPORTS: Final = Workspace().reports
DATA_PAGE: Final = _REPORTS / "data-page"
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
    pages = [place for place in (DATA_PAGE, *_PUBLISHED.values()) if place.exists()]
    for place in pages:
        if place.is_dir():
            shutil.rmtree(place)
        else:
            place.unlink()
    return len(pages)


def publish_validation(report: Path) -> None:
    """Publish the data page, the summary and the tables of rows of a validation."""
    with atomic_folder(DATA_PAGE) as unfinished:
        shutil.copytree(report / "data_page", unfinished, dirs_exist_ok=True)
    for name, place in _PUBLISHED.items():
        with atomic_file(place) as unfinished:
            shutil.copy(report / name, unfinished)
