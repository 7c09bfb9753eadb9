"""``ovoz mcp``: recordings of a folder, for assistants that speak the Model Context Protocol."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from ovoz.cli.errors import stop
from ovoz.cli.remote import RemoteError, api_key
from ovoz.cli.transcribe import open_reader
from ovoz.text.written.redaction import RedactionKind
from ovoz.text.written.script import Script
from ovoz.text.written.writing import Writing

if TYPE_CHECKING:
    from mcp.server.mcpserver import MCPServer

    from ovoz.cli.readers import FileReader

_SOUNDS: Final = frozenset(
    (".aac", ".amr", ".flac", ".m4a", ".mka", ".mkv", ".mov", ".mp3", ".mp4", ".oga", ".ogg",
     ".opus", ".wav", ".webm", ".wma")
)  # fmt: skip
_MOST_LISTED: Final = 500
_INSTRUCTIONS: Final = (
    "Speech to text for Uzbek, Russian and speech that switches between them. Uzbek words are in"
    " Latin letters, Russian words in Cyrillic letters, unless a script is asked for."
)


def mcp(
    folder: Annotated[
        Path, typer.Argument(exists=True, file_okay=False, help="What an assistant may read.")
    ],
    model: Annotated[
        Path | None, typer.Option(help="A model artifact; without it the registry is asked.")
    ] = None,
    url: Annotated[
        str, typer.Option(help="Ask a running service instead; its key is read from OVOZ_API_KEY.")
    ] = "",
) -> None:
    """Serve tools to list and transcribe recordings, over standard input and output."""
    if url and model:
        stop("--model chooses a model of this machine: leave out --url")
    reader = open_reader(url, api_key(), model)
    build_server(folder.resolve(), reader).run("stdio")


def build_server(folder: Path, reader: "FileReader") -> "MCPServer":
    """A server with the tools ``list_recordings`` and ``transcribe``.

    Args:
        folder: The only place that is read, by its real path.
        reader: What transcribes a file.
    """
    from mcp.server.mcpserver import MCPServer
    from mcp.server.mcpserver.exceptions import ToolError

    from ovoz.engine.written import write_transcript

    server = MCPServer("ovoz", instructions=_INSTRUCTIONS, log_level="WARNING")

    @server.tool()
    def list_recordings() -> list[str]:
        """Names of the recordings that can be transcribed, 500 at most."""
        files = (path for path in sorted(folder.rglob("*")) if path.suffix.lower() in _SOUNDS)
        return [str(path.relative_to(folder)) for path in files][:_MOST_LISTED]

    @server.tool()
    def transcribe(
        name: str,
        script: Script = Script.CANONICAL,
        hot_words: list[str] | None = None,
        redact: list[RedactionKind] | None = None,
        long: bool = False,
    ) -> str:
        """Transcribe a recording of the folder into readable text with figures and sentences.

        ``hot_words`` are names to listen for. ``redact`` takes out numbers of cards, telephones
        and documents. ``long`` is for recordings of more than a minute.
        """
        writing = Writing(script=script, redact=frozenset(redact or ()))
        try:
            heard, losses = reader.hear(find_recording(folder, name), hot_words or [], long=long)
            text = write_transcript(heard, writing).text or "(nothing was said)"
        except (OSError, RemoteError, ValueError) as error:
            raise ToolError(f"{name}: {error}") from error  # other errors tell an assistant nothing
        return "\n".join([text, *(f"[not decoded: {loss}]" for loss in losses)])

    return server


def find_recording(folder: Path, name: str) -> Path:
    """The file of a name that an assistant gave.

    Raises:
        ValueError: There is none in the folder; links that leave it do not count.
    """
    path = (folder / name).resolve()
    if not path.is_relative_to(folder) or not path.is_file():
        raise ValueError("no recording of the folder: ask list_recordings for the names")
    return path
