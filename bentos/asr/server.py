"""``python -m bentos.asr.server``: ``bentoml serve`` with a folder of figures of its own.

Processes of one service add up their figures in a folder, which BentoML empties when a service
starts. It has one folder per store: a second service would empty the first one's.
"""

import sys
from pathlib import Path

# No public name sets the folder.
from bentoml._internal.container import BentoMLContainer  # type: ignore[attr-defined]
from bentoml_cli.cli import cli


def main(arguments: list[str]) -> None:
    """Serve; the arguments are those of ``bentoml serve``, with ``--host`` and ``--port``."""
    place = [arguments[arguments.index(name) + 1] for name in ("--host", "--port")]
    # A port has one owner at a time, and it is the owner who empties the folder.
    folder = Path(BentoMLContainer.bentoml_home.get()) / "metrics" / "-".join(place)
    BentoMLContainer.prometheus_multiproc_dir.set(str(folder))
    sys.argv = ["bentoml", "serve", *arguments]
    cli()


if __name__ == "__main__":
    main(sys.argv[1:])
