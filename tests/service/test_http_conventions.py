"""What HTTP clients, proxies and browsers expect of any service."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from ovoz.serving.inference.local_model import LocalModel
from tests.service.over_http import served_api
from tests.service.settings import settings_with


@pytest.fixture(scope="module")
def client(artifact: Path, tmp_path_factory: pytest.TempPathFactory):
    settings = settings_with(jobs_dir=tmp_path_factory.mktemp("jobs"), jobs_workers=0)
    with served_api(settings, LocalModel.load(artifact, threads=1)) as opened:
        yield opened


class Addresses(HTMLParser):
    """Whatever a page loads or leads to, and scripts within it."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.scripts_within = 0

    def handle_starttag(self, tag, attrs):
        named = dict(attrs)
        self.found += [named[name] for name in ("src", "href") if name in named]
        self.scripts_within += tag == "script" and "src" not in named


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_pages_load_nothing_from_elsewhere(client, path: str) -> None:
    page = client.get(path)
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'self'" in page.headers["content-security-policy"]
    addresses = Addresses()
    addresses.feed(page.text)
    assert addresses.found
    assert addresses.scripts_within == 0
    for address in addresses.found:
        assert not re.match(r"//|\w+:", address), address
        assert client.get(f"/{address}").status_code == 200, address
    assert client.get("/redoc").status_code == 404


def test_head_works_wherever_get_does(client) -> None:
    known = client.get("/openapi.json").json()["paths"]
    routes = [path for path, methods in known.items() if "get" in methods]
    assert len(routes) >= 5
    for path in [*routes, "/", "/docs", "/openapi.json", "/jobs?limit=3"]:
        got, head = client.get(path), client.head(path)
        assert head.status_code == got.status_code, path
        assert head.content == b""
        assert head.headers["content-type"] == got.headers["content-type"]
        # Times and ages differ from one answer to the next.
        assert abs(int(head.headers["content-length"]) - int(got.headers["content-length"])) < 50
    assert client.head("/transcribe").status_code == client.get("/transcribe").status_code == 405


def test_the_model_is_known_by_its_name(client) -> None:
    (served,) = client.get("/v1/models").json()["data"]
    assert client.get(f"/v1/models/{served['id']}").json() == served
    unknown = client.get("/v1/models/whisper-1")
    assert unknown.status_code == 404
    assert served["id"] in unknown.json()["error"]["message"]


def test_bodies_that_cannot_be_read_are_told_what_to_send(client, clip: Path) -> None:
    content = clip.read_bytes()
    form = b"--x\r\nContent-Disposition: form-data; name=%s\r\n\r\nRIFF\r\n--x--\r\n"
    multipart = {"content-type": "multipart/form-data; boundary=x"}
    for path, headers, body, status, told in (
        ("/transcribe", {"content-type": "multipart/form-data"}, form % b"file", 400, "boundary"),
        ("/transcribe", multipart, form % b"file", 422, "no file name: send a file"),
        ("/v1/audio/transcriptions", multipart, form % b"file", 422, "no file name"),
        ("/jobs", multipart, form % b"files", 422, "curl -F files=@recording.ogg"),
        ("/transcribe", {"content-type": "audio/ogg"}, content, 422, "multipart/form-data"),
        ("/transcribe", {**multipart, "content-encoding": "gzip"}, b"\x1f\x8b", 415, "compressed"),
    ):
        answer = client.post(path, headers=headers, content=body)
        assert (answer.status_code, told in answer.json()["detail"]) == (status, True), answer.text
    assert answer.headers["accept-encoding"] == "identity"
    identity = {"content-encoding": "identity"}
    assert client.post("/transcribe", files={"file": content}, headers=identity).is_success


@pytest.mark.parametrize(
    ("prefix", "expected"),
    [("/asr", "/asr/jobs"), ("/a/b/", "/a/b/jobs"), ("", "/jobs"), ("//evil.example", "/jobs")],
)
def test_a_proxy_s_prefix_is_kept(client, clip: Path, prefix: str, expected: str) -> None:
    headers = {"x-forwarded-prefix": prefix}
    redirect = client.get("/jobs/", headers=headers)
    assert redirect.status_code == 307
    assert redirect.headers["location"] == str(client.base_url.join(expected))
    made = client.post("/jobs", files={"files": clip.read_bytes()}, headers=headers)
    assert made.headers["location"] == f"{expected}/{made.json()['id']}"
