"""``ovoz transcribe``: files in, text on the terminal."""

import json
from dataclasses import asdict, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from ovoz.cli.errors import stop, warn
from ovoz.cli.remote import RemoteError, api_key
from ovoz.cli.speakers import read_count, with_speakers
from ovoz.decoding.config import DecoderKind
from ovoz.text.language import Language
from ovoz.text.latin_alphabets import LatinAlphabet, write_word
from ovoz.text.written.redaction import RedactionKind
from ovoz.text.written.script import Script
from ovoz.text.written.writing import Writing, WritingError

if TYPE_CHECKING:
    from ovoz.cli.readers import FileReader
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
    written: Annotated[
        bool, typer.Option("--written", help="As people read it: figures, sentences by pauses.")
    ] = False,
    script: Annotated[
        Script, typer.Option(help="All in one script; canonical has a script for each language.")
    ] = Script.CANONICAL,
    redact: Annotated[
        list[RedactionKind] | None,
        typer.Option(help="Take out numbers, addresses or birthdays; may be given many times."),
    ] = None,
    speakers: Annotated[
        str,
        typer.Option(metavar="auto|N|N-M", help="Who speaks: the number of speakers, or auto."),
    ] = "",
    encoder: Annotated[
        Path | None,
        typer.Option(envvar="OVOZ_SPEAKERS_ENCODER", help="The speaker encoder, an ONNX file."),
    ] = None,
    url: Annotated[
        str, typer.Option(help="Ask a running service instead; its key is read from OVOZ_API_KEY.")
    ] = "",
) -> None:
    """Transcribe audio files with the production model, or with that of a running service."""
    from ovoz.audio.containers import AudioError
    from ovoz.decoding.hot_words import HotWordsError
    from ovoz.engine.written import write_transcript
    from ovoz.text.console import build_legend, print_training_notice

    if url and (model or decoder or alias != "production"):
        stop("--model, --alias and --decoder choose a model of this machine: leave out --url")
    if long and hot_word and not url:
        stop("--hot-word is for single clips: leave out --long")

    count = read_count(speakers)
    reader = with_speakers(open_reader(url, api_key(), model, alias, decoder), count, encoder)
    writing = Writing(written, written, script, frozenset(redact or ()))
    console = Console()
    heard_languages: set[Language] = set()
    failed = 0
    for file in files:
        try:
            heard, losses = reader.hear(file, hot_word or (), long=long)
            transcript = _in_alphabet(write_transcript(heard, writing), alphabet)
        except HotWordsError as error:
            stop(error)
        except (AudioError, OSError, RemoteError, WritingError) as error:
            warn(f"{file}: {error}")
            failed += 1
            continue
        for loss in losses:
            warn(f"{file}: {loss}", label="warning")
        if subtitles is not None:
            _write(file, transcript, subtitles)
        if as_json:
            _print_json(file, transcript, reader.training_data)
        else:
            _show(console, file, transcript, words=words)
            heard_languages.update(word.language for word in transcript.words)
    if not as_json and failed < len(files):
        console.print(build_legend(heard_languages))
        print_training_notice(console, reader.training_data)
    raise typer.Exit(int(failed > 0))


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


def open_reader(
    url: str,
    key: str,
    model: Path | None,
    alias: str = "production",
    decoder: DecoderKind | None = None,
) -> "FileReader":
    """What reads recordings: a service at ``url``, an artifact, or what the registry has.

    Ends the command, with the reason, where there is none.
    """
    from ovoz.cli.readers import LocalReader, RemoteReader
    from ovoz.cli.settings import registered_model

    try:
        if url:
            return RemoteReader(url, key)
        return LocalReader.load(model or registered_model(alias).artifact, decoder)
    except (ValueError, OSError) as error:
        stop(error)


def _print_json(file: Path, transcript: "Transcript", training_data: str) -> None:
    from ovoz.engine.transcript import word_fields
    from ovoz.speakers.talk import measure_talk

    record = {"file": str(file), **asdict(transcript), "training_data": training_data}
    record["words"] = [word_fields(word) for word in transcript.words]
    if talk := measure_talk(transcript.words):
        record["speakers"] = [asdict(one) for one in talk]
    del record["duration_s"], record["timings"]
    print(json.dumps(record, ensure_ascii=False))  # noqa: T201  (for other programs)


def _show(console: Console, file: Path, transcript: "Transcript", *, words: bool) -> None:
    from ovoz.engine.subtitles import name_speaker
    from ovoz.speakers.words import group_turns
    from ovoz.text.console import colour_words

    console.print(f"[dim]{escape(file.name)}[/dim]  {transcript.language.value}", highlight=False)
    if not transcript.words:
        console.print("[dim](no speech)[/dim]")
    for turn in group_turns(transcript.words):
        says = f"[dim]{name_speaker(turn[0].speaker)}:[/dim] " if turn[0].speaker else ""
        coloured = colour_words([word.text for word in turn], [word.language for word in turn])
        console.print(says, coloured, sep="", highlight=False)
    if words:
        for word in transcript.words:
            times = f"{word.start_s:7.2f} {word.end_s:7.2f}  {word.confidence:4.0%}  "
            console.print(
                times, colour_words([word.text], [word.language]), sep="", highlight=False
            )
