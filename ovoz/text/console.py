"""How transcripts look on a terminal: words in the colour of their language."""

from collections.abc import Iterable
from typing import Final

from rich.console import Console
from rich.text import Text

from ovoz.text.language import Language, word_language

STYLES: Final = {
    Language.UZBEK: "bold cyan",
    Language.RUSSIAN: "bold yellow",
    Language.MIXED: "bold magenta",
    Language.OTHER: "dim",
}
"""Style of a word by its language; also told apart by their letters, without any colour."""


def coloured(words: Iterable[str]) -> Text:
    """Words in the colours of their languages."""
    return Text(" ").join(Text(word, style=STYLES[word_language(word)]) for word in words)


def legend() -> Text:
    """What the colours mean."""
    names = {
        Language.UZBEK: "Uzbek",
        Language.RUSSIAN: "Russian",
        Language.MIXED: "both in one word",
    }
    return Text("  ").join(Text(f"■ {name}", style=STYLES[one]) for one, name in names.items())


def print_notice(console: Console, training_data: str) -> None:
    """Tell what the model was trained on, which says what to expect of it."""
    console.print(f"[dim]This model was trained on {training_data}.[/dim]")
