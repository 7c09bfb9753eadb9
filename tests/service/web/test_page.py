"""The page as it is served: open to all, its own files only, under a strict policy."""

import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from ovoz.serving.auth.api_keys import ApiKeys
from ovoz.serving.web import page
from tests.service.over_http import served_api
from tests.service.settings import settings_with

from .tones import ToneModel

STATIC = Path(page.__file__).parent / "static"
FILES = sorted(file.relative_to(STATIC).as_posix() for file in STATIC.rglob("*") if file.is_file())
KEYS = ApiKeys([hashlib.sha256(b"a key").hexdigest()])
LIMIT_BYTES = 150_000
NAMESPACES = "http://schemas.openxmlformats.org/"
"""Names of XML in documents of Word: nothing is loaded from there."""


class Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag, attrs) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.fixture(scope="module")
def client():
    with served_api(settings_with(), ToneModel(), KEYS) as opened:
        yield opened


@pytest.fixture(scope="module", params=["index.html", "canary.html"])
def elements(request) -> list[tuple[str, dict[str, str | None]]]:
    parser = Elements()
    parser.feed((STATIC / request.param).read_text("utf-8"))
    return parser.found


def test_the_page_needs_no_key_and_the_api_does(client) -> None:
    answer = client.get("/")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert client.head("/").status_code == 200
    assert client.get("/v1/models").status_code == 401
    assert client.get("/pages").status_code == 401
    assert client.get("/page/../v1/models").status_code == 401


@pytest.mark.parametrize("file", FILES)
def test_every_file_has_its_type_and_the_policy(client, file: str) -> None:
    answer = client.get(f"/page/{file}")
    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'self'")
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    if file.endswith(".js"):
        assert "javascript" in answer.headers["content-type"]
    again = client.get(f"/page/{file}", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


@pytest.mark.parametrize(
    "path", ["/page/", "/page/none.js", "/page/..%2fpage.py", "/page/%2e%2e/page.py"]
)
def test_nothing_but_the_page_s_files_is_served(client, path: str) -> None:
    assert client.get(path).status_code in {401, 404}


def test_the_page_refers_to_its_own_files_by_relative_addresses(elements) -> None:
    for tag, attributes in elements:
        for name in ("src", "href"):
            address = attributes.get(name)
            if address is None or address.startswith("#"):
                continue
            assert not address.startswith("/"), (tag, address)
            assert ":" not in address, (tag, address)
            if not address.startswith(("docs", "../")):
                assert address.removeprefix("page/") in FILES


def test_the_policy_stops_nothing_of_the_page(elements) -> None:
    """No style in an attribute, no script in the text."""
    for tag, attributes in elements:
        assert not [name for name in attributes if name == "style" or name.startswith("on")], tag
        assert tag != "style"
        assert tag != "script" or attributes.get("src")
    for file in STATIC.rglob("*.js"):
        content = file.read_text("utf-8").replace(NAMESPACES, "")
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|\beval\(|https?://", content)


def test_every_text_is_there_in_every_language(elements) -> None:
    texts = (STATIC / "js/texts.js").read_text("utf-8")
    known = set(re.findall(r"^  (\w+): \[", texts, re.MULTILINE))
    for _, attributes in elements:
        for name in ("data-text", "data-label", "data-hint-text"):
            if name in attributes:
                assert attributes[name] in known


def test_the_page_is_small() -> None:
    """Uncompressed, without the clips."""
    told = sum((STATIC / file).stat().st_size for file in FILES if not file.startswith("clips/"))
    assert told < LIMIT_BYTES
