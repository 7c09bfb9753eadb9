"""``ovoz mcp`` as an assistant uses it, by the protocol's own client."""

import asyncio
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("mcp", reason="the extra mcp is not installed")
from mcp import Client, StdioServerParameters

from ovoz.engine.load import load_engine
from ovoz.engine.written import write_transcript
from ovoz.text.written.writing import Writing

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def folder(tmp_path: Path, clip: Path) -> Path:
    """Two recordings, a file of another kind, and a link that leaves the folder."""
    made = tmp_path / "calls"
    (made / "may").mkdir(parents=True)
    shutil.copy(clip, made / "may/one.wav")
    (made / "broken.ogg").write_bytes(b"no sound")
    (made / "notes.txt").write_text("nothing")
    shutil.copy(clip, tmp_path / "secret.wav")
    (made / "link.wav").symlink_to(tmp_path / "secret.wav")
    return made


def asked(folder: Path, artifact: Path, *calls: tuple[str, dict[str, Any]]) -> list[Any]:
    """The results of calls, one after the other, to one server."""
    command = ["-c", "from ovoz.cli.main import main; main()", "mcp", str(folder)]
    server = StdioServerParameters(
        command=sys.executable, args=[*command, "--model", str(artifact)], cwd=ROOT
    )

    async def ask() -> list[Any]:
        async with Client(server, read_timeout_seconds=60) as client:
            tools = {tool.name for tool in (await client.list_tools()).tools}
            assert tools == {"list_recordings", "transcribe"}
            return [await client.call_tool(name, arguments) for name, arguments in calls]

    return asyncio.run(ask())


def text_of(result: Any) -> str:
    return "\n".join(part.text for part in result.content)


def test_recordings_are_listed_and_transcribed(folder, artifact: Path, clips) -> None:
    spoken = load_engine(artifact).transcribe([clips[0]])[0]
    names, heard, latin, broken, outside, link, runes = asked(
        folder,
        artifact,
        ("list_recordings", {}),
        ("transcribe", {"name": "may/one.wav"}),
        ("transcribe", {"name": "may/one.wav", "script": "latin"}),
        ("transcribe", {"name": "broken.ogg"}),
        ("transcribe", {"name": "../secret.wav"}),
        ("transcribe", {"name": "link.wav"}),
        ("transcribe", {"name": "may/one.wav", "script": "runes"}),
    )
    assert text_of(names).split() == ["broken.ogg", "link.wav", "may/one.wav"]
    assert text_of(heard) == write_transcript(spoken, Writing()).text
    assert not any("Ѐ" <= letter <= "ӿ" for letter in text_of(latin))
    for refused in (broken, outside, link, runes):
        assert refused.is_error
    assert "not readable as audio" in text_of(broken)
    assert "list_recordings" in text_of(outside)
    assert "list_recordings" in text_of(link)
