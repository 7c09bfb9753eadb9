"""``ovoz transcribe``: files in, text on the terminal."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from ovoz.engine.transcript import Transcript


def transcribe(
    files: Annotated[list[Path], typer.Argument(help="Audio or video files of any format.")],
    model: Annotated[
        Path | None, typer.Option(help="A model artifact; without it the registry is asked.")
    ] = None,
    alias: Annotated[str, typer.Option(help="Alias in the registry.")] = "production",
    words: Annotated[
        bool, typer.Option("--words", help="One line a word, with its times.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a file.")] = False,
) -> None:
    """Transcribe audio files with the production model."""
    from cli.settings import registered_artifact
    from ovoz.audio.decode import AudioError, decode
    from ovoz.engine.artifact import read_description
    from ovoz.engine.load import load_engine
    from ovoz.text.console import legend, print_notice

    console, errors = Console(), Console(stderr=True)
    artifact = model or registered_artifact(alias)
    try:
        engine = load_engine(artifact)
        training_data = read_description(artifact, verify=False).training_data
    except ValueError as error:
        errors.print(f"[red]error:[/red] {error}")
        raise typer.Exit(2) from error
    failed = False
    for file in files:
        try:
            (transcript,) = engine.transcribe([decode(file)])
        except (AudioError, OSError) as error:
            errors.print(f"[red]error:[/red] {file}: {error}")
            failed = True
            continue
        if as_json:
            record = {"file": str(file), **asdict(transcript), "training_data": training_data}
            print(json.dumps(record, ensure_ascii=False))  # noqa: T201  (for other programs)
        else:
            _show(console, file, transcript, words=words)
    if not as_json:
        console.print(legend())
        print_notice(console, training_data)
    raise typer.Exit(int(failed))


def _show(console: Console, file: Path, transcript: Transcript, *, words: bool) -> None:
    from ovoz.text.console import coloured

    console.print(f"[dim]{file.name}[/dim]  {transcript.language.value}", highlight=False)
    console.print(coloured(word.text for word in transcript.words) or "[dim](no speech)[/dim]")
    if words:
        for word in transcript.words:
            times = f"{word.start_s:7.2f} {word.end_s:7.2f}  {word.confidence:4.0%}  "
            console.print(times, coloured([word.text]), sep="", highlight=False)
