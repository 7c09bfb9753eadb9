"""``ovoz keys``: who may call the service."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from ovoz.cli.errors import stop
from ovoz.serving.auth.caller import BY_DEFAULT, Scope
from ovoz.workspace import Workspace

keys = typer.Typer(
    no_args_is_help=True, help="API keys of the service; it reads them as it starts."
)

_File = Annotated[
    Path, typer.Option("--file", envvar="OVOZ_API_KEYS_FILE", help="Where the hashes are kept.")
]
_DEFAULT = Workspace().api_keys


@keys.command()
def create(
    name: Annotated[str, typer.Argument(help="Whom it is for; shown in limits and logs.")],
    scope: Annotated[
        list[Scope] | None, typer.Option(help="What it is good for; all but admin when not given.")
    ] = None,
    file: _File = _DEFAULT,
) -> None:
    """Create a key and show it, this once."""
    from ovoz.serving.auth.api_keys import create_key

    try:
        key = create_key(file, name, frozenset(scope) if scope else BY_DEFAULT)
    except (OSError, ValueError) as error:
        stop(error)
    typer.echo(key)
    Console(stderr=True).print("shown this once; only its hash is kept", highlight=False)


@keys.command("list")
def listed(file: _File = _DEFAULT) -> None:
    """Names and scopes of the keys."""
    from ovoz.serving.auth.api_keys import read_records

    try:
        records = read_records(file)
    except ValueError as error:
        stop(error)
    for one in records:
        typer.echo(f"{one.caller.name}\t{','.join(sorted(one.caller.scopes))}")


@keys.command()
def revoke(
    name: Annotated[str, typer.Argument(help="The key's name.")], file: _File = _DEFAULT
) -> None:
    """Take a key away; a running service forgets it when it is started anew."""
    from ovoz.serving.auth.api_keys import revoke_key

    try:
        revoke_key(file, name)
    except (OSError, ValueError) as error:
        stop(error)
