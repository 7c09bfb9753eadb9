"""The export of Telegram Desktop, in the form that the program writes."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import soundfile

from ovoz.corpus.dropped import DROPPED_FILE, read_dropped
from ovoz.corpus.manifest import ManifestError, Utterance, read_manifest
from ovoz.corpus.sources import read_source
from ovoz.corpus.telegram_desktop import TelegramDesktopConfig, TranscriptPlace

NOT_INCLUDED = "(File not included. Change data exporting settings to download.)"


def voice(number: int, sender: str, **more: object) -> dict[str, object]:
    return {
        "id": number, "type": "message", "date": "2026-03-01T10:00:00",
        "from": "Anna Karimova", "from_id": sender, "media_type": "voice_message",
        "file": f"voice_messages/audio_{number}@01-03-2026_10-00-00.ogg", "file_size": 9000,
        "mime_type": "audio/ogg", "duration_seconds": 1, "text": "", "text_entities": [],
    } | more  # fmt: skip


def text(number: int, said: object, **more: object) -> dict[str, object]:
    return {
        "id": number, "type": "message", "date": "2026-03-01T09:59:00", "from": "Bot",
        "from_id": "user1", "text": said, "text_entities": [],
    } | more  # fmt: skip


CHAT: dict[str, object] = {
    "name": "Ovozlar", "type": "private_group", "id": 7,
    "messages": [
        {"id": 1, "type": "service", "action": "create_group", "text": ""},
        text(2, ["Kitob ", {"type": "bold", "text": "oʻqiyman"}, "."]),
        voice(3, "user42", reply_to_message_id=2),
        text(4, "Salom dunyo", reply_to_message_id=3),
        voice(5, "user43", text="Yaxshi kun"),
        voice(6, "user43", reply_to_message_id=2, file=NOT_INCLUDED),
        voice(8, "user44", reply_to_message_id=2, media_type="audio_file", file="files/a.mp3"),
    ],
}  # fmt: skip


@pytest.fixture
def export(tmp_path: Path) -> Path:
    root = tmp_path / "ChatExport_2026-03-01"
    for number, message in enumerate(CHAT["messages"]):
        name = message.get("file", "")
        if name and name != NOT_INCLUDED:
            file = root / name
            file.parent.mkdir(parents=True, exist_ok=True)
            noise = np.random.default_rng(number).normal(0, 0.1, 48_000)
            container = {"mp3": {}, "ogg": {"format": "OGG", "subtype": "OPUS"}}[name[-3:]]
            soundfile.write(file, noise, 48_000, **container)
    (root / "result.json").write_text(json.dumps(CHAT, ensure_ascii=False), "utf-8")
    return root


def read(export: Path, tmp_path: Path, place: TranscriptPlace) -> dict[str, Utterance]:
    config = TelegramDesktopConfig(
        path=export, licence="internal", consent="by message", transcript=place
    )
    rows = read_manifest(read_source(config, tmp_path / "corpus"))
    return {row.text: row for row in rows}


@pytest.mark.parametrize(
    ("place", "texts", "without"),
    [
        (TranscriptPlace.PROMPT, {"kitob oʻqiyman": 2}, {"message 5"}),
        (TranscriptPlace.REPLY, {"salom dunyo": 1}, {"message 5", "message 8"}),
        (TranscriptPlace.CAPTION, {"yaxshi kun": 1}, {"message 3", "message 8"}),
    ],
)
def test_a_transcript_is_where_the_profile_says(export, tmp_path, place, texts, without) -> None:
    config = TelegramDesktopConfig(
        path=export, licence="internal", consent="by message", transcript=place
    )
    corpus = read_source(config, tmp_path / "corpus").parent
    assert Counter(row.text for row in read_manifest(corpus / "manifest.parquet")) == texts
    dropped = {
        row.row.rpartition(", ")[2]: row.reason for row in read_dropped(corpus / DROPPED_FILE)
    }
    assert dropped.pop("message 6").startswith("the file is not in the export")
    assert set(dropped) == without
    assert all(reason.startswith("no text") for reason in dropped.values())


def test_no_name_or_account_is_in_the_corpus(export: Path, tmp_path: Path) -> None:
    rows = read(export, tmp_path, TranscriptPlace.REPLY)
    assert len(rows["salom dunyo"].speaker) == 12
    content = (tmp_path / "corpus" / "manifest.parquet").read_bytes()
    assert b"user42" not in content
    assert b"Karimova" not in content


def test_an_export_of_all_chats_is_read(export: Path, tmp_path: Path) -> None:
    everything = {"about": "", "chats": {"about": "", "list": [CHAT]}}
    (export / "result.json").write_text(json.dumps(everything), "utf-8")
    assert set(read(export, tmp_path, TranscriptPlace.CAPTION)) == {"yaxshi kun"}


@pytest.mark.parametrize("content", [None, "{", '{"chats": {"list": []}}', '{"name": "x"}'])
def test_what_is_no_export_is_named(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "result.json").write_text(content, "utf-8")
    config = TelegramDesktopConfig(path=tmp_path, licence="internal", consent="by message")
    with pytest.raises(ManifestError, match=r"result\.json: no "):
        list(config.recordings())
