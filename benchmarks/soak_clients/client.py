"""Python's clients, and curl: asks again and again, and prints a line of JSON for each answer.

    python benchmarks/soak_clients/client.py KIND URL PAUSE_MS FILE…

KIND is ``httpx``, ``requests`` (its body in chunks, a new connection each), ``aiohttp``, ``curl``
(which waits for ``100 Continue``) or ``hang-up``, which sends half of a request and leaves.
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
Answer = tuple[int, str, float]
"""Status, the request's id as it came back, and the duration in seconds."""


def form(content: bytes) -> bytes:
    """A multipart body with one file."""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="clip.flac"\r\n'
    return head.encode() + b"\r\n" + content + f"\r\n--{BOUNDARY}--\r\n".encode()


def by_httpx(url: str) -> Callable[[str, bytes], Answer]:
    """Kept alive."""
    import httpx

    client = httpx.Client(timeout=60, trust_env=False)

    def ask(name: str, content: bytes) -> Answer:
        answer = client.post(url, files={"file": content}, headers={"X-Request-ID": name})
        told = answer.json()
        return answer.status_code, answer.headers["x-request-id"], told.get("duration_s", 0.0)

    return ask


def by_requests(url: str) -> Callable[[str, bytes], Answer]:
    """In chunks, each time over a connection of its own."""
    import requests

    def ask(name: str, content: bytes) -> Answer:
        body = form(content)
        pieces: Iterator[bytes] = (body[at : at + 4096] for at in range(0, len(body), 4096))
        kind = f"multipart/form-data; boundary={BOUNDARY}"
        headers = {"X-Request-ID": name, "Content-Type": kind}
        answer = requests.post(url, data=pieces, headers=headers, timeout=60)
        told = answer.json()
        return answer.status_code, answer.headers["x-request-id"], told.get("duration_s", 0.0)

    return ask


def by_aiohttp(url: str) -> Callable[[str, bytes], Answer]:
    """One session in a loop of its own."""
    import aiohttp

    loop = asyncio.new_event_loop()
    session: Any = None

    async def asked(name: str, content: bytes) -> Answer:
        nonlocal session
        session = session or aiohttp.ClientSession()
        fields = aiohttp.FormData()
        fields.add_field("file", content, filename="clip.flac")
        async with session.post(url, data=fields, headers={"X-Request-ID": name}) as answer:
            told = await answer.json(content_type=None)
            return answer.status, answer.headers["x-request-id"], told.get("duration_s", 0.0)

    return lambda name, content: loop.run_until_complete(asked(name, content))


def by_curl(url: str) -> Callable[[str, bytes], Answer]:
    """A process for each request."""

    def ask(name: str, content: bytes) -> Answer:
        command = ["curl", "-s", "-i", "-F", "file=@-;filename=clip.flac", "-H"]
        command += [f"X-Request-ID: {name}", "-H", "Expect: 100-continue", url]
        told = subprocess.run(command, input=content, capture_output=True, check=True).stdout
        *_, head, body = told.split(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        fields = {line.partition(": ")[0].lower(): line.partition(": ")[2] for line in lines[1:]}
        answer = json.loads(body)
        return int(lines[0].split()[1]), fields["x-request-id"], answer.get("duration_s", 0.0)

    return ask


def hang_up(url: str) -> Callable[[str, bytes], Answer]:
    """Leave in the middle: of the body, or of the wait for the answer."""
    address = urlsplit(url)
    count = itertools.count()

    def ask(_: str, content: bytes) -> Answer:
        body = form(content)
        head = (
            f"POST {address.path} HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Length: {len(body)}"
            f"\r\nContent-Type: multipart/form-data; boundary={BOUNDARY}\r\n\r\n"
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


def main(kind: str, url: str, pause_ms: str, *files: str) -> None:
    """Ask until killed."""
    contents = [Path(file).read_bytes() for file in files]
    ask = KINDS[kind](f"{url}/transcribe")
    for number in itertools.count():
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
