"""How ``ovoz stream`` shows what comes: on a terminal, or as JSON lines."""

import json
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.live import Live
from rich.text import Text

if TYPE_CHECKING:
    from ovoz_client import Event, FinalTranscript, PartialTranscript


class EventLines:
    """Events for other programs."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def show(self, event: "Event") -> None:
        """One event, as one line."""
        record = event.model_dump(mode="json")
        print(json.dumps(record, ensure_ascii=False), flush=True)  # noqa: T201


class Captions:
    """Finals as lines; below them what may still change, dimmed."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(console=console, transient=True, auto_refresh=False)
        self._partials: dict[int, Text] = {}

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def show(self, event: "Event") -> None:
        """One event, if there is something to see of it."""
        if event.type == "partial":
            self._partials[event.channel] = _partial(event)
        elif event.type == "final":
            self._partials.pop(event.channel, None)
            if event.text:
                self._console.print(_final(event), highlight=False)
        else:
            return
        self._live.update(Text("\n").join(self._partials.values()), refresh=True)


def _partial(event: "PartialTranscript") -> Text:
    settled, open_end = event.text[: event.stable_chars], event.text[event.stable_chars :]
    return Text.assemble(settled, (open_end, "dim"))


def _final(event: "FinalTranscript") -> Text:
    from ovoz.text.console import colour_words
    from ovoz.text.language import Language

    time = Text(f"{event.start_s:8.2f}  ", style="dim")
    texts = [word.text for word in event.words]
    return time + colour_words(texts, [Language(word.language) for word in event.words])
