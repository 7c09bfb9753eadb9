"""What code a step's cached result depends on, beyond the step's own lines."""

from pathlib import Path

from zenml.config.cache_policy import CachePolicy

_CODE = Path(__file__).resolve().parents[1]


def depends_on(*rooms: str) -> CachePolicy:
    """Cache policy that runs a step again when a source file of ``rooms`` changed.

    Args:
        rooms: Folders or files relative to the root of the project, such as ``ovoz/text``.

    Raises:
        FileNotFoundError: A room does not exist.
    """
    files: list[str] = []
    for room in rooms:
        path = _CODE / room
        if not path.exists():
            raise FileNotFoundError(f"cache policy names {room}, which is not in the project")
        found = [path] if path.is_file() else sorted(p for p in path.rglob("*") if _is_source(p))
        files += [str(file.relative_to(_CODE)) for file in found]
    return CachePolicy(file_dependencies=files)


def _is_source(path: Path) -> bool:
    return path.is_file() and path.suffix in {".py", ".yaml", ".tsv", ".txt", ".j2", ".css", ".js"}
