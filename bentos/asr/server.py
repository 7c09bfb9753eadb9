"""``python -m bentos.asr.server``: ``bentoml serve`` with a folder of figures of its own.

Processes of one service add up their figures in a folder, which BentoML empties when a service
starts. It has one folder per store: a second service would empty the first one's.
"""

import socket
import sys
from pathlib import Path
from typing import Final

# No public name sets the folder.
from bentoml._internal.container import BentoMLContainer  # type: ignore[attr-defined]
from bentoml_cli.cli import cli

# Nothing else of ours is imported here: what runs is the code in the Bento, not that beside us.

_LARGEST_PORT: Final = 65535


def main(arguments: list[str]) -> None:
    """Serve; the arguments are those of ``bentoml serve``, with ``--host`` and ``--port``."""
    place = [arguments[arguments.index(name) + 1] for name in ("--host", "--port")]
    _refuse_impossible(*place)
    # A port has one owner at a time, and it is the owner who empties the folder.
    folder = Path(BentoMLContainer.bentoml_home.get()) / "metrics" / "-".join(place)
    BentoMLContainer.prometheus_multiproc_dir.set(str(folder))
    sys.argv = ["bentoml", "serve", *arguments]
    cli()


def _refuse_impossible(host: str, port: str) -> None:
    """End the process where it could not listen: BentoML would say so in fifty lines, and late."""
    if not (port.isascii() and port.isdigit() and 0 < int(port) <= _LARGEST_PORT):
        sys.exit(f"error: --port {port}: a port is a number from 1 to {_LARGEST_PORT}")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, int(port)), family=family, backlog=1).close()
    except OSError as error:
        told = f"cannot listen on {host}:{port}: {error.strerror or error}"
        sys.exit(f"error: {told}: choose another --port or --host")


if __name__ == "__main__":
    main(sys.argv[1:])
