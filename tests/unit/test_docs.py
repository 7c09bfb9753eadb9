"""The documentation names files, links and anchors that exist."""

import importlib
import re
from pathlib import Path

import pytest
from dulwich.index import IndexEntry
from dulwich.repo import Repo

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
ROOMS = (
    "ovoz|clients|steps|pipelines|bentos|collector|mlflow|configs|deploy|tests|benchmarks|docs|metrics"
    r"|\.ci|\.github"
)
PATH = re.compile(rf"`((?:{ROOMS})/[^`\s]*)`")
PLACEHOLDERS = {"configs/mine.yaml"}
ROOMS_TO_COME = {"monitoring"}
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CHANGES = 11


def without_code(text: str) -> str:
    """A page without its fenced blocks."""
    return re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", without_code(page.read_text("utf-8")), re.MULTILINE)
    kept = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in kept}


def is_there(path: str) -> bool:
    """Whether the repository has a path; ``*`` stands for any name, ``NAME`` for one to come."""
    if path in PLACEHOLDERS:
        return True
    whole = path.split("::")[0]
    if "NAME" in whole:
        folder = (ROOT / whole).parent
        return folder.is_dir() or folder.name in ROOMS_TO_COME
    return any(ROOT.glob(whole.rstrip("/")))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_paths_exist(page: Path) -> None:
    named = PATH.findall(without_code(page.read_text("utf-8")))
    assert not [path for path in named if not is_there(path)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_anchors_exist(page: Path) -> None:
    links = LINK.findall(without_code(page.read_text("utf-8")))
    broken = []
    for link in links:
        if "://" in link:
            continue
        file, _, anchor = link.partition("#")
        target = page.parent / file if file else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert not broken


def test_the_table_of_changes_names_files() -> None:
    text = (ROOT / "docs/architecture.md").read_text("utf-8")
    table = text.partition("## Where to add something")[2]
    rows = [line for line in table.splitlines() if line.startswith("| a")]
    assert len(rows) == CHANGES
    for row in rows:
        named = PATH.findall(row)
        assert len(named) >= 2, row
        assert all(is_there(path) for path in named), row


def test_the_tables_of_settings_are_those_of_the_fields() -> None:
    settings = importlib.import_module("docs.settings")
    tables = 0
    for path in settings.PAGES:
        page = path.read_text("utf-8")
        tables += page.count("| `OVOZ_")
        assert settings.fill(page) == page
    assert tables > 60


def read_staged(path: str) -> str:
    """A file as it is to be committed: `make run` writes figures of its own beside it."""
    with Repo(str(ROOT)) as repository:
        entry = repository.open_index()[path.encode()]
        assert isinstance(entry, IndexEntry)
        return repository[entry.sha].as_raw_string().decode()


def test_the_readme_has_the_figures_of_the_last_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    figures = importlib.import_module("docs.figures")
    monkeypatch.setattr(figures, "ROOT", tmp_path)
    (tmp_path / "metrics").mkdir()
    for name in ("promotion.json", "scores.json", "real-speech.json"):
        (tmp_path / "metrics" / name).write_text(read_staged(f"metrics/{name}"), "utf-8")
    readme = read_staged("README.md")
    assert figures.fill(readme) == readme
    assert readme.count("<!-- end -->") == 3


def test_the_tables_of_capacity_are_those_of_the_measured_speeds() -> None:
    capacity = importlib.import_module("docs.capacity")
    page = capacity.PAGE.read_text("utf-8")
    assert capacity.fill(page) == page
    assert page.count("<!-- end -->") == len(capacity.TABLES)


def test_a_missing_path_is_seen() -> None:
    assert not is_there("ovoz/nowhere.py")
    assert not is_there("ovoz/nowhere/NAME.py")
    assert is_there("ovoz/text/packs/NAME.yaml")
