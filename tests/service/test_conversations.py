"""What other people's HTTP clients really send is answered.

``conversations/CLIENT-MODE.http`` are the bytes of a client's connection, written down by
``python -m benchmarks.http_clients.record``. Each sends the same recording of 0.3 s, once or twice.
"""

import http.client
import json
import re
import socket
from pathlib import Path

import h11
import pytest

from ovoz.serving.inference.local_model import LocalModel
from tests.service.over_http import served_api
from tests.service.settings import settings_with

FOLDER = Path(__file__).parent / "conversations"
DURATION_S = 0.3
END_OF_HEAD = b"\r\n\r\n"


@pytest.fixture(scope="module")
def address(artifact: Path):
    with served_api(settings_with(), LocalModel.load(artifact, threads=1)) as client:
        yield client.base_url.host, client.base_url.port


def requests_of(sent: bytes) -> list[tuple[bytes, bytes]]:
    """Head and body of each request of a connection, byte for byte."""
    found = []
    while sent:
        parser = h11.Connection(h11.SERVER)
        parser.receive_data(sent)
        while not isinstance(event := parser.next_event(), h11.EndOfMessage):
            assert event is not h11.NEED_DATA
        whole = sent[: len(sent) - len(parser.trailing_data[0])]
        head, body = whole.split(END_OF_HEAD, 1)
        found.append((head + END_OF_HEAD, body))
        sent = sent[len(whole) :]
    return found


def wait_for_continue(connection: socket.socket) -> None:
    told = b""
    while END_OF_HEAD not in told:
        received = connection.recv(1)
        assert received, told
        told += received
    assert told.startswith(b"HTTP/1.1 100 "), told


def replay(connection: socket.socket, head: bytes, body: bytes) -> http.client.HTTPResponse:
    """Send one request as the client does, which may wait in its middle; the answer's head."""
    connection.sendall(head)
    if re.search(rb"\r\nexpect: *100-continue\r\n", head, re.IGNORECASE):
        wait_for_continue(connection)
    connection.sendall(body)
    answer = http.client.HTTPResponse(connection, method="POST")
    answer.begin()
    return answer


@pytest.mark.parametrize("conversation", sorted(file.name for file in FOLDER.iterdir()))
def test_a_client_s_own_bytes_are_answered(address, conversation: str) -> None:
    requests = requests_of((FOLDER / conversation).read_bytes())
    with socket.create_connection(address, 30) as connection:
        for head, body in requests:
            answer = replay(connection, head, body)
            told = json.loads(answer.read())
            assert answer.status == 200, told
            assert told["duration_s"] == pytest.approx(DURATION_S)
            name = re.search(rb"\r\nx-request-id: *(\S+)", head, re.IGNORECASE)
            assert name
            assert answer.headers["x-request-id"] == name[1].decode()
        if "-close." in conversation:
            assert connection.recv(1) == b""


def test_there_are_conversations_of_every_client_in_every_way_it_has() -> None:
    names = {file.stem for file in FOLDER.iterdir()}
    clients = {name.partition("-")[0] for name in names}
    assert clients == {
        "aiohttp", "curl", "dotnet", "go", "httpx", "java", "node", "php", "requests", "undici",
    }  # fmt: skip
    without_waiting = {"httpx", "requests", "node", "undici"}
    modes = ("plain", "close", "chunked")
    expected = {f"{client}-{mode}" for client in clients for mode in modes}
    assert names == expected | {f"{client}-expect" for client in clients - without_waiting}
