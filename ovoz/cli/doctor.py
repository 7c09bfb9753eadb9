"""``ovoz doctor``: what would keep the service from working here."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.markup import escape

from ovoz.cli.extras import require

_COLOURS: Final = {"ok": "green", "warning": "yellow", "failed": "red"}


def doctor(
    alias: Annotated[str, typer.Option(help="Alias in the registry.")] = "production",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a finding.")] = False,
) -> None:
    """Check settings, model, keys, folders, stores and clocks; exit code 1 when one fails."""
    require("sqlalchemy")
    from ovoz.serving.startup.doctor import CheckState, examine

    console = Console(soft_wrap=True)
    failed = False
    for finding in examine(_registered(alias)):
        failed = failed or finding.state is CheckState.FAILED
        if as_json:
            print(json.dumps(asdict(finding), ensure_ascii=False))  # noqa: T201  (for programs)
            continue
        colour = _COLOURS[finding.state.value]
        console.print(
            f"[{colour}]{finding.state.value:8}[/{colour}] {finding.what}:"
            f" {escape(finding.detail)}",
            highlight=False,
        )
        if finding.advice:
            console.print(f"         {escape(finding.advice)}", highlight=False)
    raise typer.Exit(int(failed))


def _registered(alias: str) -> Path | None:
    """The artifact of a registered version; None where there is none."""
    from ovoz.cli.settings import registry_settings
    from ovoz.registry.resolution import resolve
    from ovoz.registry.version import RegistryError

    try:
        return resolve(registry_settings(), alias).artifact
    except RegistryError:
        return None
