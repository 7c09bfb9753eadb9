"""Addresses that webhooks must not reach."""

import socket

import pytest

from ovoz.serving.jobs import targets
from ovoz.serving.jobs.targets import TargetError, resolve


def known(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """Every name stands for these addresses."""

    def look_up(host: str, port: int, **_: object) -> list:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in addresses]

    monkeypatch.setattr(targets.socket, "getaddrinfo", look_up)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://localhost:8080/hook",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f.0.0.1/",
        "http://0.0.0.0/",
        "http://10.1.2.3/",
        "http://172.16.0.1/",
        "http://192.168.1.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://100.64.0.1/",
        "http://224.0.0.1/",
        "http://255.255.255.255/",
        "http://[::1]/",
        "http://[::]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/",
        "http://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/",
        "http://[fe80::1]/",
        "http://[fec0::1]/",
        "http://[64:ff9b:1::7f00:1]/",
        "http://[3fff::1]/",
        "http://192.0.0.170/",
        "http://192.88.99.1/",
        "http://[fd00::1]/",
        "http://[ff02::1]/",
    ],
)
def test_addresses_inside_are_refused(url: str) -> None:
    with pytest.raises(TargetError):
        resolve(url, private=False)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.org",
        "ftp://example.org/",
        "file:///etc/passwd",
        "http://",
        "http:///path",
        "http://user:word@example.org/",
        "http://user@example.org/",
        "http://example.org/#there",
        "http://example.org:99999/",
        "http://[::1/",
        "http://example.org/a b",
        "http://example.org/\r\nHost: other",
        "http://пример.рф/",
        "http://example.org/" + "x" * 2000,
    ],
)
def test_what_is_no_plain_url_is_refused(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    known(monkeypatch, "93.184.216.34")
    with pytest.raises(TargetError):
        resolve(url, private=True)


def test_name_becomes_the_address_that_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    known(monkeypatch, "93.184.216.34")
    target = resolve("https://Example.org:8443/hook?x=1", private=False)
    assert target.url == "https://93.184.216.34:8443/hook?x=1"
    assert (target.host, target.name) == ("example.org:8443", "example.org")
    known(monkeypatch, "2606:4700:4700::1111")
    assert resolve("http://a.example/", private=False).url == "http://[2606:4700:4700::1111]/"


def test_one_address_inside_is_enough_to_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    known(monkeypatch, "93.184.216.34", "10.0.0.1")
    with pytest.raises(TargetError):
        resolve("http://a.example/", private=False)


def test_private_targets_where_they_are_wanted() -> None:
    assert resolve("http://127.0.0.1:9/x", private=True).url == "http://127.0.0.1:9/x"


def test_unknown_host_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(targets.socket, "getaddrinfo", fail)
    with pytest.raises(TargetError, match="not known"):
        resolve("http://nowhere.example/", private=False)
