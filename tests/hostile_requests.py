"""Hostile requests to a service with forms; equal seeds give equal requests."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

import numpy as np

from .hostile_audio import CONTAINERS, hostile_files, recording

TRANSCRIBE: Final = "/transcribe"
BATCH: Final = "/transcribe/batch"
OPENAI: Final = "/v1/audio/transcriptions"
FEEDBACK: Final = "/feedback"
JOBS: Final = "/jobs"
BOUNDARY: Final = "limit"
_FORM: Final = f"multipart/form-data; boundary={BOUNDARY}"
_GOOD: Final = ("file", "x.wav", recording("wav", "pcm_s16le"))

Part = tuple[str, str | None, bytes]
"""Field, file name (None: a plain value), content."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request, under a name that says what is wrong with it."""

    name: str
    path: str = TRANSCRIBE
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=lambda: {"content-type": _FORM})
    method: str = "POST"


def hostile_requests(seed: int, count: int) -> Iterator[Request]:
    """``count`` requests: forms that are broken in every way, then hostile files.

    Of the files every eighth goes to OpenAI's path, every eighth in a job, every eighth in a batch
    with a good one.
    """
    made = (_values(), _parts(), _bodies(), _boundaries(), _headers(), _corrections(), _jobs())
    forms = list(chain(*made, _noise(seed)))
    yield from forms[:count]
    for place, file in enumerate(hostile_files(seed, count - len(forms))):
        path = {3: OPENAI, 5: JOBS, 7: BATCH}.get(place % 8, TRANSCRIBE)
        field = "files" if path in {BATCH, JOBS} else "file"
        parts: list[Part] = [(field, "x", file.content)]
        if path == BATCH:
            parts.append(("files", "good.wav", _GOOD[2]))
        yield Request(f"{path} {file.name}", path, form(*parts))


def form(*parts: Part) -> bytes:
    """A body of ``multipart/form-data``."""
    body = b""
    for name, filename, content in parts:
        told = f'Content-Disposition: form-data; name="{name}"'
        if filename is not None:
            told += f'; filename="{filename}"\r\nContent-Type: application/octet-stream'
        body += f"--{BOUNDARY}\r\n{told}\r\n\r\n".encode() + content + b"\r\n"
    return body + f"--{BOUNDARY}--\r\n".encode()


def _values() -> Iterator[Request]:
    """Fields with values of the wrong type, length or alphabet."""
    odd = {
        "nothing": b"", "long": b"a" * 900_000, "nul": b"\0\0", "surrogate": b"\xed\xa0\x80",
        "latin": b"\xe9\xff", "right to left": "\u202enalas\u202c".encode(),
        "zalgo": "a\u0301".encode() * 99,
        "emoji": "👩\u200d👩\u200d👧".encode() * 99, "lines": b"\r\n\r\n",
        "injection": b"'; DROP TABLE x; --",
        "template": b"{{7*7}}${7*7}%s%n", "number": b"1e400", "nan": b"nan", "list": b'["uz"]',
        "commas": b"," * 7_999, "path": b"../../etc/passwd", "words": b"salom," * 1_300,
    }  # fmt: skip
    fields = {
        TRANSCRIBE: ("language_hint", "hotwords", "timestamps", "format"),
        OPENAI: ("language", "model", "prompt", "response_format", "temperature", "stream",
                 "timestamp_granularities[]"),
    }  # fmt: skip
    for path, names in fields.items():
        for name in names:
            for kind, value in odd.items():
                yield Request(f"{path} {name} is {kind}", path, form(_GOOD, (name, None, value)))


def _parts() -> Iterator[Request]:
    """Parts that are missing, too many, or of the wrong kind."""
    good = _GOOD[2]
    for name, parts in {
        "no part": (), "no file": (("language_hint", None, b"uz"),), "two files": (_GOOD, _GOOD),
        "file as a value": (("file", None, good),),
        "value as a file": (_GOOD, ("hotwords", "x", b"a")),
        "hint as a file": (_GOOD, ("language_hint", "x", good)),
        "unknown field": (_GOOD, ("x", None, b"")),
        "2000 fields": (_GOOD, *(("hotwords", None, b"a"),) * 2_000),
        "2000 files": (("file", "x", b"a"),) * 2_000,
        "field without name": (_GOOD, ("", None, b"")),
        "long name": (_GOOD, ("a" * 100_000, None, b"")),
        "long file name": (("file", "a" * 100_000, good),),
        "file name is a path": (("file", "../../../etc/passwd", good),),
        "file name of odd letters": (("file", "\u202egpj.\u0000👩\u200d👧é\ufeff", good),),
        "file without name": (("file", "", good),),
        "hint twice": (_GOOD, *(("language_hint", None, b"uz"),) * 2),
    }.items():  # fmt: skip
        yield Request(name, body=form(*parts))
    for name, parts in {
        "batch of none": (), "batch of values": (("files", None, good),),
        "batch of 33": (("files", "x", good),) * 33, "batch of nothing": (("files", "", b""),) * 3,
        "batch with long names": (("files", "a" * 50_000, b"x"),) * 4,
        "batch with odd names": (("files", "\u202e\u0000👩\u200d👧\ufeff", good),),
    }.items():  # fmt: skip
        yield Request(name, BATCH, form(*parts))


def _bodies() -> Iterator[Request]:
    """Bodies that are no form, or not the one that the headers tell."""
    whole, ends = form(_GOOD), b"\r\n\r\n"
    inner = b"Content-Type: multipart/mixed; boundary=inner\r\n\r\n"
    nested = whole.replace(b"Content-Type: application/octet-stream\r\n\r\n", inner)
    for name, kind, body in (
        ("nothing", _FORM, b""), ("no type", "", whole),
        ("json", "application/json", b'{"file": 1}'),
        ("json of 900 levels", "application/json", b"[" * 900), ("text", "text/plain", whole),
        ("urlencoded", "application/x-www-form-urlencoded", b"file=" + b"%00" * 9_999),
        ("urlencoded pairs", "application/x-www-form-urlencoded", b"a=b&" * 9_999),
        ("raw audio", "audio/wav", _GOOD[2]),
        ("mixed", f"multipart/mixed; boundary={BOUNDARY}", whole),
        ("nested", _FORM, nested), ("unfinished", _FORM, whole[:-20]),
        ("cut in a header", _FORM, whole[:30]),
        ("only the end", _FORM, whole[-12:]), ("doubled", _FORM, whole * 2),
        ("trailing", _FORM, whole + b"x" * 999),
        ("unknown charset", f"{_FORM}; charset=klingon", whole),
        ("utf-16", f"{_FORM}; charset=utf-16", whole),
        ("idna", f"{_FORM}; charset=idna", form(_GOOD, ("hotwords", None, b"xn--a"))),
        ("no disposition", _FORM, whole.replace(b"Content-Disposition", b"X-Disposition")),
        ("attachment", _FORM, whole.replace(b"form-data;", b"attachment;")),
        ("name left out", _FORM, whole.replace(b'name="file"; ', b"")),
        ("name without an end", _FORM, whole.replace(b'name="file";', b'name="file;')),
        ("base64", _FORM, whole.replace(ends, b"\r\nContent-Transfer-Encoding: base64" + ends, 1)),
        ("many headers", _FORM, whole.replace(ends, b"\r\nX-A: b" * 9_999 + ends, 1)),
        ("long header", _FORM, whole.replace(ends, b"\r\nX-A: " + b"b" * 200_000 + ends, 1)),
        ("header with nul", _FORM, whole.replace(ends, b"\r\nX\0: \0" + ends, 1)),
        ("bare line feeds", _FORM, whole.replace(b"\r\n", b"\n")),
    ):  # fmt: skip
        yield Request(f"body: {name}", body=body, headers={"content-type": kind} if kind else {})
    zipped = {"content-type": _FORM, "content-encoding": "gzip"}
    yield Request("body: said to be gzip", body=whole, headers=zipped)
    for path in (
        "/",
        "/transcribe/",
        "/%00",
        "/..%2f..%2fetc/passwd",
        "/" + "a" * 5_000,
        "/docs/x",
    ):
        yield Request(f"path {path[:30]}", path, whole)
    for method in ("GET", "PUT", "DELETE", "PATCH", "OPTIONS"):
        yield Request(f"method {method}", method=method, body=whole)


def _boundaries() -> Iterator[Request]:
    """Boundaries that are missing, wrong, or long."""
    for name, told in {
        "missing": "multipart/form-data", "empty": "multipart/form-data; boundary=",
        "another": "multipart/form-data; boundary=other",
        "quoted": f'multipart/form-data; boundary="{BOUNDARY}"',
        "long": "multipart/form-data; boundary=" + "b" * 9_000, "twice": f"{_FORM}; boundary=other",
        "of dashes": "multipart/form-data; boundary=--",
        "odd": "multipart/form-data; boundary=\xe9\xff",
        "open quote": 'multipart/form-data; boundary="limit',
        "starred": "multipart/form-data; boundary*0=limit",
    }.items():  # fmt: skip
        yield Request(f"boundary {name}", body=form(_GOOD), headers={"content-type": told})


def _headers() -> Iterator[Request]:
    """Headers that nobody sends."""
    for name, value in (
        ("x-request-id", "\xe9" * 9), ("x-request-id", "a" * 9_000),
        ("prefer", "wait=999999999999"),
        ("prefer", "wait=-1, wait=x"), ("authorization", "Bearer \xff\xfe"), ("x-api-key", "\xe9"),
        ("authorization", "Bearer " + "a.b.c" * 900), ("accept", "*/*;q=x"), ("origin", "null"),
        ("upgrade", "websocket"), ("range", "bytes=0-1"), ("cookie", "a=" + "b" * 9_000),
        ("traceparent", "00-" + "f" * 32 + "-\xe9"), ("x-forwarded-for", "127.0.0.1, ::1, \xe9"),
        ("expect", "a miracle"), ("host", "\xe9"), ("accept-language", "uz;q=nan"),
    ):  # fmt: skip
        told = {"content-type": _FORM, name: value}
        yield Request(f"header {name}: {value[:20]!r}", body=form(_GOOD), headers=told)


def _corrections() -> Iterator[Request]:
    """Corrections of nothing that was said, in JSON that is hardly any."""
    for body in (
        b"", b"null", b"[]", b"{}", b"{", b'"', b"\xff", b"\xef\xbb\xbf{}", b"NaN", b"1e999",
        b"[" * 9_000,
        b'{"request_id": "\\ud800", "text": "\\ud800"}', b'{"request_id": "\\u0000", "text": ""}',
        b'{"request_id": 1, "text": 2}', b'{"request_id": "", "text": null}',
        b'{"request_id": "a", "request_id": "b", "text": "c", "text": []}',
        b'{"request_id": "' + b"a" * 99_999 + b'", "text": ""}',
        b'{"request_id": "a", "text": "' + b"b " * 200_000 + b'"}',
        '{"request_id": "👩\u200d👧", "text": "\u202esalom"}'.encode(),
        '{"request_id": "a", "text": "b"}'.encode("utf-16"),
        b'{"request_id": NaN, "text": Infinity}',
    ):  # fmt: skip
        headers = {"content-type": "application/json"}
        yield Request(f"correction {body[:40]!r}", FEEDBACK, body, headers)


def _jobs() -> Iterator[Request]:
    """Jobs that there are not, and jobs with options that cannot be."""
    for place in ("%00", "'%20OR%201=1", "..%2f..", "a" * 5_000, "%F0%9F%98%80", "%ED%A0%80", "-1"):
        for method in ("GET", "DELETE"):
            yield Request(f"{method} job {place[:20]}", f"{JOBS}/{place}", method=method)
    for limit in ("0", "-1", "1e9", "99999999999999999999", "%00", "", "a"):
        yield Request(f"jobs limit {limit}", f"{JOBS}?limit={limit}", method="GET")
    for url in (
        "x",
        "file:///etc/passwd",
        "http://[::1",
        "http://127.0.0.1:1/",
        "gopher://a",
        "\0",
    ):
        part = ("webhook_url", None, url.encode())
        yield Request(f"job told to {url!r}", JOBS, form(("files", "x", b"a"), part))
    for key in ("", "\xe9", "a" * 5_000, "' OR 1=1"):
        told = {"content-type": _FORM, "idempotency-key": key}
        yield Request(f"job with key {key[:20]!r}", JOBS, form(("files", "x", b"a")), told)
    yield Request("job of nothing", JOBS, form())
    yield Request("job of 150 files", JOBS, form(*(("files", "x", b"a"),) * 150))
    yield Request("job with odd names", JOBS, form(("files", "\u202e\0/../\ufeff", b"a")))


def _noise(seed: int, count: int = 20) -> Iterator[Request]:
    """Forms with bytes changed, and nothing but random bytes."""
    generator = np.random.default_rng(seed)
    whole = form(("language_hint", None, b"uz"), ("hotwords", None, b"salom"), _GOOD)
    for place in range(count):
        copy = bytearray(whole)
        for index in generator.integers(0, 260, size=4):
            copy[index] = generator.integers(0, 256)
        yield Request(f"form with bytes changed {place}", body=bytes(copy))
        yield Request(
            f"random body {place}", body=generator.bytes(int(generator.integers(0, 4_000)))
        )
    yield Request("random json", OPENAI, json.dumps(list(map(str, CONTAINERS))).encode())
