"""The ``ovoz`` command."""

import os

import typer

from ovoz.cli.canary import canary
from ovoz.cli.copy_model import copy_model
from ovoz.cli.doctor import doctor
from ovoz.cli.drift import drift
from ovoz.cli.evaluate import evaluate
from ovoz.cli.export_collection import export_collection
from ovoz.cli.export_encoder import export_encoder
from ovoz.cli.extras import run_command
from ovoz.cli.forget import forget
from ovoz.cli.import_model import import_model
from ovoz.cli.keys import keys
from ovoz.cli.mcp import mcp
from ovoz.cli.models import models, rollback
from ovoz.cli.promote import promote
from ovoz.cli.reproduce import reproduce
from ovoz.cli.score import score
from ovoz.cli.serve import serve
from ovoz.cli.split import split
from ovoz.cli.stream import stream
from ovoz.cli.transcribe import transcribe
from ovoz.cli.worker import worker
from ovoz.environment import remove_foreign_variables

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    help="Ovoz: speech recognition for Uzbek and Russian.",
)


@app.callback()
def ovoz() -> None:
    """Speech recognition for Uzbek, Russian and the way Tashkent switches between them."""
    remove_foreign_variables(os.environ)


app.command()(transcribe)
app.command()(stream)
app.command()(mcp)
app.command()(serve)
app.command()(worker)
app.command()(doctor)
app.command()(evaluate)
app.command()(drift)
app.command()(models)
app.command()(promote)
app.command()(rollback)
app.command()(reproduce)
app.command()(forget)
app.command("copy-model")(copy_model)
app.command("import-model")(import_model)
app.command("export-encoder")(export_encoder)
app.command("export-collection")(export_collection)
app.command()(score)
app.command()(split)
app.add_typer(keys, name="keys")
app.add_typer(canary, name="canary")


def main() -> None:
    """Run the command that the process was started as."""
    run_command(app)
