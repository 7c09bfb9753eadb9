"""What Telegram Desktop exports of a chat: ``result.json`` and the voice messages beside it.

The export has no transcripts of its own. A sentence to be read is sent first and the voice message
replies to it, or somebody replies to a voice message with what was said, or the voice message has
a caption: ``transcript`` names which of the three it is.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, Final, Literal

from ovoz.corpus.manifest import ManifestError
from ovoz.corpus.normal_form import locate_file
from ovoz.corpus.recordings import Recording, RecordingsConfig

_EXPORT: Final = "result.json"
_SPOKEN: Final = frozenset(("voice_message", "audio_file", "video_message"))
_NOT_EXPORTED: Final = "(File"
"""Where a file is not exported, its place says "(File not included. …)" or "(File exceeds …)"."""
_DIGITS: Final = 12


class TranscriptPlace(StrEnum):
    """Where the text of a voice message is."""

    PROMPT = "prompt"
    """In the message that it replies to."""
    REPLY = "reply"
    """In the first message that replies to it."""
    CAPTION = "caption"
    """In the message itself."""


class TelegramDesktopConfig(RecordingsConfig):
    """The chats of an export; speakers are hashes of Telegram's numbers for accounts."""

    source: Literal["telegram_desktop"] = "telegram_desktop"
    transcript: TranscriptPlace = TranscriptPlace.PROMPT

    @property
    def name(self) -> str:
        """Name in the manifest."""
        return f"telegram_desktop:{self.path.name}"

    def recordings(self) -> Iterator[Recording]:
        """Every message with a voice, in the order of the export."""
        for chat, messages in self._chats():
            texts = {message.get("id"): _text(message) for message in messages}
            replies: dict[Any, str] = {}
            for message in messages:
                if texts[message.get("id")] and not _is_spoken(message):
                    answered = message.get("reply_to_message_id")
                    replies.setdefault(answered, texts[message.get("id")])
            for message in messages:
                if _is_spoken(message):
                    found = {
                        TranscriptPlace.PROMPT: texts.get(message.get("reply_to_message_id"), ""),
                        TranscriptPlace.REPLY: replies.get(message.get("id"), ""),
                        TranscriptPlace.CAPTION: texts[message.get("id")],
                    }
                    yield self._recording(chat, message, found[self.transcript])

    def _recording(self, chat: object, message: Mapping[str, Any], text: str) -> Recording:
        file = str(message.get("file") or "")
        number = message.get("id")
        refused = ""
        if not file or file.startswith(_NOT_EXPORTED):
            refused = f"the file is not in the export: {file or 'no file'}; export voice messages"
        elif not text:
            refused = f"no text: transcript is {self.transcript.value!r}, and there is none"
        return Recording(
            name=f"{chat}-{number}",
            audio=locate_file(self.path, file),
            text=text,
            where=f"{self.path / _EXPORT}: chat {chat}, message {number}",
            speaker=_pseudonym(message),
            refused=refused,
        )

    def _chats(self) -> Iterator[tuple[object, list[dict[str, Any]]]]:
        """Number and messages of every chat: of one chat, or of an export of all."""
        path = self.path / _EXPORT
        try:
            export = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise ManifestError(
                f"{path}: no readable export: {error}; in Telegram Desktop choose Export chat"
                " history, format Machine-readable JSON, with voice messages"
            ) from error
        chats = export.get("chats", {}).get("list") if "chats" in export else [export]
        if not chats or any("messages" not in chat for chat in chats):
            raise ManifestError(f"{path}: no chat with messages in it")
        for chat in chats:
            yield chat.get("id", ""), chat["messages"]


def _is_spoken(message: Mapping[str, Any]) -> bool:
    return message.get("media_type") in _SPOKEN


def _text(message: Mapping[str, Any]) -> str:
    """Text of a message: a string, or a list of strings and of marked parts."""
    text = message.get("text") or ""
    parts = text if isinstance(text, list) else [text]
    return "".join(part if isinstance(part, str) else part.get("text", "") for part in parts)


def _pseudonym(message: Mapping[str, Any]) -> str:
    """A hash of the sender's number, so that no name or account is in the corpus."""
    sender = message.get("from_id")
    if not sender:
        return ""
    return hashlib.sha256(f"telegram {sender}".encode()).hexdigest()[:_DIGITS]
