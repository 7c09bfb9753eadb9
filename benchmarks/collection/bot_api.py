"""Telegram's Bot API on loopback, as far as the collector calls it, with faults on demand."""

import asyncio
import hashlib
import itertools
import json
import random
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Callable

TOKEN: Final = "123456:loopback-token-of-no-bot"
_MOST_UPDATES: Final = 100


@dataclass
class Faults:
    """Shares of calls that fail, and how long a 429 asks to wait."""

    limited: float = 0.0
    retry_after_s: int = 1
    dropped: float = 0.0
    broken: float = 0.0
    lost_answers: float = 0.0
    """The call is carried out, and the connection lost before its answer."""


@dataclass
class Sent:
    """A message that the bot sent to a chat."""

    method: str
    chat: int
    text: str
    voice: str = ""
    document: bytes = b""
    buttons: dict[str, str] = field(default_factory=dict)
    quoted: int = 0
    """The message that this one answers; 0 for none."""
    number: int = 0
    """Messages and presses of buttons share one count: a higher number came later."""
    at: float = 0.0


class BotApi:
    """The server, what was sent through it, and the hands of the people before it."""

    def __init__(self, faults: Faults | None = None, seed: int = 1) -> None:
        self.faults = faults or Faults()
        self.files: dict[str, bytes] = {}
        self.inbox: dict[int, asyncio.Queue[Sent]] = defaultdict(asyncio.Queue)
        self.calls: Counter[str] = Counter()
        self.pushed: dict[int, dict[str, Any]] = {}
        """Every update by its number, confirmed or not."""
        self.history: list[Sent] = []
        """Every message that reached a chat."""
        self.listeners: list[Callable[[Sent], None]] = []
        self.broken_chats: set[int] = set()
        """Chats for which every message fails."""
        self.url = ""
        self._random = random.Random(seed)
        self._updates: list[dict[str, Any]] = []
        self._update_numbers = itertools.count(1)
        self._message_numbers = itertools.count(1)
        self._arrived = asyncio.Event()
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Listen on a free port of loopback."""
        app = web.Application(client_max_size=50_000_000)
        app.router.add_post(f"/bot{TOKEN}/{{method}}", self._call)
        app.router.add_get(f"/file/bot{TOKEN}/{{path}}", self._download)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"

    async def stop(self) -> None:
        """Close."""
        if self._runner is not None:
            await self._runner.cleanup()

    # What people do

    def text(self, user: int, text: str, language: str = "uz") -> int:
        """A person writes."""
        return self._message(user, language, {"text": text})

    def voice(
        self,
        user: int,
        audio: bytes,
        duration_s: float,
        *,
        forwarded: bool = False,
        via_bot: bool = False,
    ) -> int:
        """A person sends a voice message, of their own or not."""
        file_id, unique_id = self.upload(audio)
        voice = {
            "file_id": file_id,
            "file_unique_id": unique_id,
            "duration": round(duration_s),
            "file_size": len(audio),
        }
        content: dict[str, Any] = {"voice": voice}
        if forwarded:
            origin = {"type": "hidden_user", "date": 1, "sender_user_name": "somebody"}
            content["forward_origin"] = origin
        if via_bot:
            content["via_bot"] = {"id": 7, "is_bot": True, "first_name": "Voices"}
        return self._message(user, "uz", content)

    def press(self, user: int, data: str, language: str = "uz") -> int:
        """A person presses a button."""
        query = {
            "id": str(next(self._message_numbers)),
            "from": _user(user, language),
            "chat_instance": "1",
            "data": data,
            "message": {"message_id": 1, "date": 1, "chat": _chat(user), "text": "…"},
        }
        return self.push({"callback_query": query})

    def upload(self, audio: bytes) -> tuple[str, str]:
        """Names of a file; the same bytes sent again have another name, and the same unique one."""
        unique_id = hashlib.sha256(audio).hexdigest()[:20]
        file_id = f"{unique_id}-{next(self._message_numbers)}"
        self.files[file_id] = audio
        return file_id, unique_id

    def push(self, update: dict[str, Any]) -> int:
        """Queue an update; returns its number."""
        number = next(self._update_numbers)
        self.pushed[number] = {"update_id": number} | update
        self._updates.append(self.pushed[number])
        self._arrived.set()
        return number

    def repeat(self, update: dict[str, Any]) -> None:
        """Deliver an update with its number once more."""
        self._updates.append(update)
        self._arrived.set()

    @property
    def waiting(self) -> int:
        """Updates that were not confirmed."""
        return len(self._updates)

    def _message(self, user: int, language: str, content: dict[str, Any]) -> int:
        message = {
            "message_id": next(self._message_numbers),
            "date": int(time.time()),
            "chat": _chat(user),
            "from": _user(user, language),
        }
        return self.push({"message": message | content})

    # What the bot calls

    async def _call(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        self.calls[method] += 1
        fault = self._fault(request, method)
        if fault is not None:
            return fault
        fields = dict((await request.post()).items())
        if method == "getUpdates":
            return await self._get_updates(fields)
        if method == "getMe":
            return _answer(_user(int(TOKEN.partition(":")[0]), "en") | {"is_bot": True})
        if method == "getFile":
            return self._get_file(str(fields["file_id"]))
        if method.startswith("send"):
            return self._deliver(request, method, fields)
        return _answer(True)

    def _fault(self, request: web.Request, method: str) -> web.Response | None:
        faults, drawn = self.faults, self._random.random
        if drawn() < faults.dropped and request.transport is not None:
            self.calls["dropped"] += 1
            request.transport.close()
            return web.Response()
        if drawn() < faults.broken:
            return _broken()
        if method.startswith("send") and drawn() < faults.limited:
            self.calls["limited"] += 1
            parameters = {"retry_after": faults.retry_after_s}
            told = {"ok": False, "error_code": 429, "description": "Too Many Requests"}
            return web.json_response(told | {"parameters": parameters}, status=429)
        return None

    async def _get_updates(self, fields: dict[str, Any]) -> web.Response:
        offset = int(fields.get("offset") or 0)
        self._updates = [one for one in self._updates if one["update_id"] >= offset]
        if not self._updates:
            self._arrived.clear()
            try:
                await asyncio.wait_for(self._arrived.wait(), float(fields.get("timeout") or 0))
            except TimeoutError:
                return _answer([])
        return _answer(self._updates[:_MOST_UPDATES])

    def _get_file(self, file_id: str) -> web.Response:
        if file_id not in self.files:
            told = {"ok": False, "error_code": 400, "description": "Bad Request: wrong file_id"}
            return web.json_response(told, status=400)
        return _answer({"file_id": file_id, "file_unique_id": "x", "file_path": file_id})

    def _deliver(
        self, request: web.Request, method: str, fields: dict[str, Any]
    ) -> web.StreamResponse:
        if int(fields["chat_id"]) in self.broken_chats:
            return _broken()
        voice = str(fields.get("voice", ""))
        if method == "sendVoice" and voice not in self.files and not voice.startswith("attach"):
            told = {"ok": False, "error_code": 400, "description": "Bad Request: wrong file"}
            return web.json_response(told, status=400)
        markup = json.loads(str(fields.get("reply_markup") or "{}"))
        rows = markup.get("inline_keyboard", [])
        document = str(fields.get("document", "")).removeprefix("attach://")
        sent = Sent(
            method=method,
            chat=int(fields["chat_id"]),
            text=str(fields.get("text") or fields.get("caption") or ""),
            voice=voice,
            document=fields[document].file.read() if document else b"",
            quoted=json.loads(str(fields.get("reply_parameters") or "{}")).get("message_id", 0),
            buttons={one["text"]: one["callback_data"] for row in rows for one in row},
            number=next(self._message_numbers),
            at=time.monotonic(),
        )
        self.history.append(sent)
        self.inbox[sent.chat].put_nowait(sent)
        for listener in self.listeners:
            listener(sent)
        if self._random.random() < self.faults.lost_answers and request.transport is not None:
            self.calls["lost answers"] += 1
            request.transport.close()
        return _answer({"message_id": sent.number, "date": 1, "chat": _chat(sent.chat)})

    async def _download(self, request: web.Request) -> web.Response:
        if self._random.random() < self.faults.broken:
            return web.Response(status=502)
        return web.Response(body=self.files[request.match_info["path"]])


def _user(number: int, language: str) -> dict[str, Any]:
    return {"id": number, "is_bot": False, "first_name": "Nobody", "language_code": language}


def _chat(number: int) -> dict[str, Any]:
    return {"id": number, "type": "private"}


def _broken() -> web.Response:
    return web.json_response({"ok": False, "error_code": 502, "description": "x"}, status=502)


def _answer(result: object) -> web.Response:
    return web.json_response({"ok": True, "result": result})
