"""Transcripts on a terminal: words in the colours of their languages."""

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
"""Style of a word by its language. Without colour, the letters still show the language."""


def colour_words(words: Iterable[str]) -> Text:
    """Words in the colours of their languages."""
    return Text(" ").join(Text(word, style=STYLES[word_language(word)]) for word in words)


def build_legend() -> Text:
    """Explanation of the colours."""
    names = {
        Language.UZBEK: "Uzbek",
        Language.RUSSIAN: "Russian",
        Language.MIXED: "both in one word",
    }
    return Text("  ").join(
        Text(f"■ {name}", style=STYLES[language]) for language, name in names.items()
    )


def print_training_notice(console: Console, training_data: str) -> None:
    """Print what the model was trained on."""
    console.print(f"[dim]This model was trained on {training_data}.[/dim]")
