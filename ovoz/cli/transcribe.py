"""``ovoz transcribe``: files in, text on the terminal."""

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from ovoz.cli.errors import stop, warn
from ovoz.decoding.config import DecoderKind
from ovoz.text.latin_alphabets import LatinAlphabet, write_word

if TYPE_CHECKING:
    from ovoz.audio.losses import Loss
    from ovoz.engine.artifact.description import ModelDescription
    from ovoz.engine.engine import Engine
    from ovoz.engine.transcript import Transcript


class Subtitles(StrEnum):
    """What subtitles are written as."""

    SRT = "srt"
    VTT = "vtt"


def transcribe(
    files: Annotated[list[Path], typer.Argument(help="Audio or video files of any format.")],
    model: Annotated[
        Path | None, typer.Option(help="A model artifact; without it the registry is asked.")
    ] = None,
    alias: Annotated[str, typer.Option(help="Alias in the registry.")] = "production",
    decoder: Annotated[
        DecoderKind | None, typer.Option(help="Another decoder than the model's own.")
    ] = None,
    hot_word: Annotated[
        list[str] | None, typer.Option(help="A word to listen for; may be given many times.")
    ] = None,
    long: Annotated[
        bool, typer.Option("--long", help="A recording of any length, read stretch by stretch.")
    ] = False,
    words: Annotated[
        bool, typer.Option("--words", help="One line a word, with its times.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a file.")] = False,
    subtitles: Annotated[
        Subtitles | None, typer.Option(help="Write them beside each file.")
    ] = None,
    alphabet: Annotated[
        LatinAlphabet, typer.Option(help="Latin alphabet of Uzbek; that of 2026 is not yet law.")
    ] = LatinAlphabet.OF_1995,
) -> None:
    """Transcribe audio files with the production model."""
    from ovoz.audio.containers import AudioError
    from ovoz.cli.settings import registered_model
    from ovoz.decoding.hot_words import HotWordsError
    from ovoz.text.console import build_legend, print_training_notice

    if long and hot_word:
        stop("--hot-word is for single clips: leave out --long")

    engine, description = _engine(model or registered_model(alias).artifact, decoder)
    console = Console()
    failed = 0
    for file in files:
        try:
            heard, losses = _heard(engine, file, hot_word or (), long=long)
        except HotWordsError as error:
            stop(error)
        except (AudioError, OSError) as error:
            warn(f"{file}: {error}")
            failed += 1
            continue
        for loss in losses:
            warn(f"{file}: {loss}", label="warning")
        transcript = _in_alphabet(heard, alphabet)
        if subtitles is not None:
            _write(file, transcript, subtitles)
        if as_json:
            _print_json(file, transcript, description.training_data)
        else:
            _show(console, file, transcript, words=words)
    if not as_json and failed < len(files):
        console.print(build_legend())
        print_training_notice(console, description.training_data)
    raise typer.Exit(int(failed > 0))


def _heard(
    engine: "Engine", file: Path, hot_words: Sequence[str], *, long: bool
) -> "tuple[Transcript, list[Loss]]":
    from ovoz.audio.losses import Losses
    from ovoz.audio.recovery import recover, recover_stream
    from ovoz.engine.recording import transcribe_whole_recording

    if not long:
        samples, losses = recover(file)
        return engine.transcribe([samples], hot_words=hot_words)[0], losses.listed
    losses = Losses()
    transcript = transcribe_whole_recording(engine, recover_stream(file, losses))
    return transcript, losses.listed


def _in_alphabet(transcript: "Transcript", alphabet: LatinAlphabet) -> "Transcript":
    words = tuple(
        replace(word, text=write_word(word.text, word.language, alphabet))
        for word in transcript.words
    )
    return replace(transcript, text=" ".join(word.text for word in words), words=words)


def _write(file: Path, transcript: "Transcript", kind: Subtitles) -> None:
    from ovoz.engine.subtitles import srt, vtt

    text = srt(transcript) if kind is Subtitles.SRT else vtt(transcript)
    file.with_suffix(f".{kind.value}").write_text(text, "utf-8")


def _engine(artifact: Path, decoder: DecoderKind | None) -> "tuple[Engine, ModelDescription]":
    from ovoz.engine.artifact.storage import read_description
    from ovoz.engine.load import load_engine

    try:
        description = read_description(artifact, verify=False)
        chosen = description.decoder.model_copy(update={"kind": decoder}) if decoder else None
        return load_engine(artifact, decoder=chosen), description
    except (ValueError, OSError) as error:
        stop(error)


def _print_json(file: Path, transcript: "Transcript", training_data: str) -> None:
    record = {"file": str(file), **asdict(transcript), "training_data": training_data}
    del record["duration_s"], record["timings"]
    print(json.dumps(record, ensure_ascii=False))  # noqa: T201  (for other programs)


def _show(console: Console, file: Path, transcript: "Transcript", *, words: bool) -> None:
    from ovoz.text.console import colour_words

    console.print(f"[dim]{escape(file.name)}[/dim]  {transcript.language.value}", highlight=False)
    console.print(colour_words(word.text for word in transcript.words) or "[dim](no speech)[/dim]")
    if words:
        for word in transcript.words:
            times = f"{word.start_s:7.2f} {word.end_s:7.2f}  {word.confidence:4.0%}  "
            console.print(times, colour_words([word.text]), sep="", highlight=False)
