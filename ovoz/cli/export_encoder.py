"""``ovoz export-encoder``: Resemblyzer's weights as a speaker encoder."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from ovoz.cli.errors import stop


def export_encoder(
    package: Annotated[
        Path, typer.Argument(help="Resemblyzer's wheel, its installed folder, or pretrained.pt.")
    ],
    out: Annotated[Path, typer.Argument(help="The ONNX file to write.")],
) -> None:
    """Write the speaker encoder that Resemblyzer carries, for `--speakers` and the service.

    `pip download --no-deps resemblyzer==0.1.4` fetches the wheel; it need not be installed.
    """
    from ovoz.engine.export.resemblyzer import export_resemblyzer
    from ovoz.speakers.encoder import SpeakerEncoder

    try:
        export_resemblyzer(package, out)
        layout = SpeakerEncoder(out).layout
    except (OSError, ValueError) as error:
        stop(error)
    Console().print(f"a speaker encoder of layout {layout.value} in {out}", soft_wrap=True)
