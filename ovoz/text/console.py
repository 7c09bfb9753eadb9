"""Transcripts on a terminal: words in the colours of their languages."""

from collections.abc import Iterable, Sequence
from typing import Final

from rich.console import Console
from rich.text import Text

from ovoz.text.language import Language, label_by_script

STYLES: Final = {
    Language.UZBEK: "bold cyan",
    Language.KAZAKH: "bold cyan",
    Language.VIETNAMESE: "bold cyan",
    Language.RUSSIAN: "bold yellow",
    Language.ENGLISH: "bold yellow",
    Language.MIXED: "bold magenta",
    Language.OTHER: "dim",
}
"""Style of a word by its language: that of a pack's matrix language, and of the embedded one."""

NAMES: Final = {
    Language.UZBEK: "Uzbek",
    Language.KAZAKH: "Kazakh",
    Language.VIETNAMESE: "Vietnamese",
    Language.RUSSIAN: "Russian",
    Language.ENGLISH: "English",
    Language.MIXED: "both in one word",
}
"""Names of the languages, for people."""


def colour_words(words: Sequence[str], languages: Sequence[Language] | None = None) -> Text:
    """Words in the colours of their languages; without these, of the languages of their scripts."""
    labelled = zip(words, languages or label_by_script(words), strict=True)
    return Text(" ").join(Text(word, style=STYLES[language]) for word, language in labelled)


def build_legend(languages: Iterable[Language]) -> Text:
    """Explanation of the colours of these languages."""
    shown = set(languages)
    return Text("  ").join(
        Text(f"■ {name}", style=STYLES[language])
        for language, name in NAMES.items()
        if language in shown
    )


def print_training_notice(console: Console, training_data: str) -> None:
    """Print what the model was trained on."""
    console.print(f"[dim]This model was trained on {training_data}.[/dim]")
