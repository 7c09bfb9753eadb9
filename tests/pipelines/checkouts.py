"""Checkouts of the project as a user has them."""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def clone(folder: Path) -> None:
    """Every file under version control as it is here, with the environment of the tests."""
    listed = ["git", "ls-files", "-z"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in names.split("\0")[:-1]:
        (file := folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, file, follow_symlinks=False)
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
    (folder / ".venv").symlink_to(sys.prefix)


def make(folder: Path, *arguments: str, told: str = "") -> "subprocess.CompletedProcess[str]":
    """``make`` in a checkout; what is installed is taken as it is."""
    kept = [f"--assume-old=.venv/.installed{end}" for end in ("", "-dev")]
    return subprocess.run(
        ["make", *kept, *arguments], cwd=folder, input=told, capture_output=True, text=True
    )
