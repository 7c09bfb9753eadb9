"""Python's clients, and curl: ask COUNT times (0: without end), a line of JSON for each answer.

    python benchmarks/http_clients/client.py KIND URL MODE COUNT PAUSE_MS FILE…

KIND is ``httpx``, ``requests``, ``aiohttp``, ``curl`` (a process for each request) or ``hang-up``,
which sends half of a request and leaves. MODE is ``plain``, ``close`` (no keep-alive), ``chunked``
or ``expect``, which httpx and requests have no way to do: they do not wait for ``100 Continue``.
"""

import asyncio
import itertools
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

BOUNDARY: Final = "soak"
FORM: Final = f"multipart/form-data; boundary={BOUNDARY}"
PIECE: Final = 4096
Answer = tuple[int, str, float]
"""Status, the request's id as it came back, and the duration in seconds."""
Ask = Callable[[str, bytes], Answer]
"""Takes the request's id and the recording."""


def form(content: bytes) -> bytes:
    """A multipart body with one file."""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="clip.flac"\r\n'
    return head.encode() + b"\r\n" + content + f"\r\n--{BOUNDARY}--\r\n".encode()


def pieces(content: bytes) -> Iterator[bytes]:
    """The same body, in pieces: its length is not told."""
    body = form(content)
    return (body[at : at + PIECE] for at in range(0, len(body), PIECE))


def headers_of(mode: str, name: str) -> dict[str, str]:
    """The headers that our side adds to the client's own."""
    more = {"close": {"Connection": "close"}, "chunked": {"Content-Type": FORM}}
    return {"X-Request-ID": name, **more.get(mode, {})}


def by_httpx(url: str, mode: str) -> Ask:
    """Kept alive, unless told otherwise."""
    import httpx

    client = httpx.Client(timeout=60, trust_env=False)

    def ask(name: str, content: bytes) -> Answer:
        sent: dict[str, Any] = {"files": {"file": ("clip.flac", content)}}
        if mode == "chunked":
            sent = {"content": pieces(content)}
        answer = client.post(url, headers=headers_of(mode, name), **sent)
        told = answer.json()
        return answer.status_code, answer.headers["x-request-id"], told.get("duration_s", 0.0)

    return ask


def by_requests(url: str, mode: str) -> Ask:
    """One session, as its documentation advises."""
    import requests

    session = requests.Session()
    session.trust_env = False

    def ask(name: str, content: bytes) -> Answer:
        sent: dict[str, Any] = {"files": {"file": ("clip.flac", content)}}
        if mode == "chunked":
            sent = {"data": pieces(content)}
        answer = session.post(url, headers=headers_of(mode, name), timeout=60, **sent)
        told = answer.json()
        return answer.status_code, answer.headers["x-request-id"], told.get("duration_s", 0.0)

    return ask


def by_aiohttp(url: str, mode: str) -> Ask:
    """One session in a loop of its own."""
    import aiohttp

    loop = asyncio.new_event_loop()
    session: Any = None

    async def asked(name: str, content: bytes) -> Answer:
        nonlocal session
        session = session or aiohttp.ClientSession()
        fields = aiohttp.FormData()
        fields.add_field("file", content, filename="clip.flac")
        options = {"chunked": True} if mode == "chunked" else {}
        headers = headers_of(mode, name)
        headers.pop("Content-Type", None)
        waits = mode == "expect"
        async with session.post(
            url, data=fields, headers=headers, expect100=waits, **options
        ) as answer:
            told = await answer.json(content_type=None)
            return answer.status, answer.headers["x-request-id"], told.get("duration_s", 0.0)

    return lambda name, content: loop.run_until_complete(asked(name, content))


def by_curl(url: str, mode: str) -> Ask:
    """A process for each request."""
    more = {
        "close": ["-H", "Connection: close"],
        "chunked": ["-H", "Transfer-Encoding: chunked"],
        "expect": ["-H", "Expect: 100-continue"],
    }.get(mode, [])

    def ask(name: str, content: bytes) -> Answer:
        command = ["curl", "-s", "-i", "-F", "file=@-;filename=clip.flac", "-H"]
        command += [f"X-Request-ID: {name}", *more, url]
        told = subprocess.run(command, input=content, capture_output=True, check=True).stdout
        *_, head, body = told.split(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        fields = {line.partition(": ")[0].lower(): line.partition(": ")[2] for line in lines[1:]}
        answer = json.loads(body)
        return int(lines[0].split()[1]), fields["x-request-id"], answer.get("duration_s", 0.0)

    return ask


def hang_up(url: str, _: str) -> Ask:
    """Leave in the middle: of the body, or of the wait for the answer."""
    address = urlsplit(url)
    count = itertools.count()

    def ask(_: str, content: bytes) -> Answer:
        body = form(content)
        head = (
            f"POST {address.path} HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Length: {len(body)}"
            f"\r\nContent-Type: {FORM}\r\n\r\n"
        )
        with socket.create_connection((address.hostname, address.port), 10) as connection:
            whole = next(count) % 2
            connection.sendall(head.encode() + (body if whole else body[: len(body) // 2]))
            time.sleep(0.01)
        return -1, "", 0.0

    return ask


KINDS: Final = {
    "httpx": by_httpx,
    "requests": by_requests,
    "aiohttp": by_aiohttp,
    "curl": by_curl,
    "hang-up": hang_up,
}


def main(kind: str, url: str, mode: str, count: str, pause_ms: str, *files: str) -> None:
    """Ask as often as told, or until killed."""
    contents = [Path(file).read_bytes() for file in files]
    ask = KINDS[kind](f"{url}/transcribe", mode)
    for number in itertools.islice(itertools.count(), int(count) or None):
        name, place = f"{kind}-{os.getpid()}-{number}", number % len(contents)
        try:
            status, back, duration_s = ask(name, contents[place])
        except Exception as error:  # counted as no answer; its kind is shown
            status, back, duration_s = 0, type(error).__name__, 0.0
        told = {"status": status, "same": back == name, "place": place, "duration": duration_s}
        print(json.dumps(told), flush=True)
        time.sleep(int(pause_ms) / 1000)


if __name__ == "__main__":
    main(*sys.argv[1:])
