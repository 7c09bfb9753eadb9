"""Draw the README's picture: what ``ovoz transcribe`` prints for clips of the synthetic corpus.

    python docs/transcript.py MODEL DATA docs/transcript.svg

MODEL is an artifact and DATA a corpus, such as ``.ovoz/registered`` and ``data`` after `make run`.
The clips are not chosen: they are the first of the test split in each language.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.text import Text

from ovoz.corpus.manifest import Split, read_manifest
from ovoz.text.language import Language

LANGUAGES: Final = (Language.UZBEK, Language.RUSSIAN, Language.MIXED)
WIDTH: Final = 76
TITLE: Final = "ovoz transcribe (synthetic speech)"
FRAME: Final = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: monospace; font-size: {char_height}px;
  line-height: {line_height}px; }}
.{unique_id}-title {{ font-family: sans-serif; font-size: 18px; font-weight: bold; }}
{styles}
</style>
<defs><clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" /></clipPath>
{lines}</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g></g></svg>
"""
"""Rich's frame without its fonts, which a reader's browser would fetch from elsewhere."""


def clips_of(data: Path) -> list[Path]:
    """The first recording of the test split in each language."""
    rows = [row for row in read_manifest(data / "manifest.parquet") if row.split is Split.TEST]
    return [
        next(data / row.audio for row in rows if row.languages is language)
        for language in LANGUAGES
    ]


def printed(model: Path, clips: list[Path]) -> str:
    """What the command prints on a terminal in colour."""
    command = [sys.executable, "-c", "from ovoz.cli.main import main; main()", "transcribe"]
    command += [*map(str, clips), "--model", str(model)]
    terminal = {"COLUMNS": str(WIDTH), "FORCE_COLOR": "1", "TERM": "xterm-256color"}
    done = subprocess.run(  # noqa: S603  (our own command)
        command, env={**os.environ, **terminal}, check=True, capture_output=True, text=True
    )
    return done.stdout.rstrip()


def draw(
    model: Annotated[Path, typer.Argument(help="The model artifact.")],
    data: Annotated[Path, typer.Argument(help="The corpus that it was tested on.")],
    picture: Annotated[Path, typer.Argument(help="Where the SVG goes.")],
) -> None:
    """Transcribe the clips and draw what was printed."""
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        console = Console(record=True, width=WIDTH, file=nowhere)
        console.print(Text.from_ansi(printed(model, clips_of(data))))
    console.save_svg(str(picture), title=TITLE, code_format=FRAME, unique_id="ovoz")


if __name__ == "__main__":
    typer.run(draw)
