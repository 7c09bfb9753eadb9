"""Which clients are installed here, and how each is started.

Go, Java, Node, PHP and curl are their distribution's. .NET runs on the runtime in PyPI's
``dotnetcore2`` 3.1.23 (``pip install dotnetcore2``) and is compiled by Debian's ``mono-mcs``; its
HttpClient stands on SocketsHttpHandler, the default handler since .NET Core 2.1. npm brings undici.
"""

import importlib.util
import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDER: Final = Path(__file__).parent
PYTHON: Final = (sys.executable, str(FOLDER / "client.py"))
HANG_UPS: Final = "hang-up"
USED: Final = (
    "Collections", "ComponentModel.Primitives", "Console", "Diagnostics.Process", "IO.FileSystem",
    "Linq", "Net.Http", "Net.Primitives", "Private.CoreLib", "Private.Uri", "Runtime",
    "Runtime.Extensions", "Text.RegularExpressions",
)  # fmt: skip
"""Assemblies of .NET, under ``System``, that the client refers to."""
UNDICI: Final = "undici@6.29.1"


class Mode(StrEnum):
    """How a client sends its request."""

    PLAIN = "plain"
    CLOSE = "close"
    CHUNKED = "chunked"
    EXPECT = "expect"


ALL_MODES: Final = tuple(Mode)
NO_WAIT: Final = (Mode.PLAIN, Mode.CLOSE, Mode.CHUNKED)


@dataclass(frozen=True, slots=True)
class Program:
    """One client, ready to be started.

    Attributes:
        name: Of the client.
        command: Before the URL.
        modes: Those that the client has.
        folder: To start it in.
    """

    name: str
    command: tuple[str, ...]
    modes: tuple[Mode, ...]
    folder: Path

    def arguments(
        self, url: str, mode: Mode, files: list[Path], *, count: int = 0, pause_ms: int = 0
    ) -> list[str]:
        """The command to ask ``count`` times; 0 is without end."""
        return [*self.command, url, mode, str(count), str(pause_ms), *map(str, files)]


def find_programs(folder: Path) -> list[Program]:
    """All clients that can be run here; those that have to be compiled are put into ``folder``."""
    node = ("node", str(FOLDER / "client.mjs"))
    tools: tuple[tuple[str, bool, tuple[Mode, ...], Callable[[Path], tuple[str, ...]]], ...] = (
        ("httpx", True, NO_WAIT, lambda _: (*PYTHON, "httpx")),
        ("requests", _has("requests"), NO_WAIT, lambda _: (*PYTHON, "requests")),
        ("aiohttp", _has("aiohttp"), ALL_MODES, lambda _: (*PYTHON, "aiohttp")),
        ("curl", _there("curl"), ALL_MODES, lambda _: (*PYTHON, "curl")),
        ("node", _there("node"), NO_WAIT, lambda _: (*node, "node")),
        ("undici", _there("node", "npm"), NO_WAIT, lambda at: (*node, *_install_undici(at))),
        ("java", _there("java"), ALL_MODES, lambda _: ("java", str(FOLDER / "Client.java"))),
        ("go", _there("go"), ALL_MODES, _compile_go),
        ("php", _there("php"), ALL_MODES, lambda _: ("php", str(FOLDER / "client.php"))),
        ("dotnet", _has("dotnetcore2") and _there("mcs"), ALL_MODES, _compile_csharp),
    )
    return [
        Program(name, prepare(folder), modes, folder)
        for name, installed, modes, prepare in tools
        if installed
    ]


def hang_up_program(folder: Path) -> Program:
    """One that leaves in the middle of a request."""
    return Program(HANG_UPS, (*PYTHON, HANG_UPS), (Mode.PLAIN,), folder)


def _there(*commands: str) -> bool:
    return all(shutil.which(command) for command in commands)


def _has(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def _install_undici(folder: Path) -> tuple[str, ...]:
    """The package is found from the folder that the client is started in."""
    install = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder)]
    subprocess.run([*install, UNDICI], check=True)
    return ("undici",)


def _compile_go(folder: Path) -> tuple[str, ...]:
    """As a program: ``go run`` would outlive its own end by a child."""
    program = folder / "go-client"
    subprocess.run(["go", "build", "-o", program, FOLDER / "client.go"], check=True)
    return (str(program),)


def _compile_csharp(folder: Path) -> tuple[str, ...]:
    """Against the runtime's own assemblies."""
    found = importlib.util.find_spec("dotnetcore2")
    assert found is not None
    assert found.origin is not None
    home = Path(found.origin).parent / "bin"
    (framework,) = (home / "shared" / "Microsoft.NETCore.App").iterdir()
    references = [f"-r:{framework / f'System.{name}.dll'}" for name in USED]
    program = folder / "dotnet-client.dll"
    silent = ["-nostdlib", "-noconfig", "-nologo", "-warn:0"]
    subprocess.run(
        ["mcs", *silent, *references, f"-out:{program}", FOLDER / "Client.cs"], check=True
    )
    # ICU is not looked for: nothing here depends on a culture.
    settings = {
        "framework": {"name": "Microsoft.NETCore.App", "version": framework.name},
        "configProperties": {"System.Globalization.Invariant": True},
    }
    told = json.dumps({"runtimeOptions": settings})
    program.with_suffix(".runtimeconfig.json").write_text(told, "utf-8")
    return (str(home / "dotnet"), str(program))
