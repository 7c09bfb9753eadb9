"""API keys: random, known to the service by their SHA-256 alone.

A key is 256 random bits, so a fast hash of it is as good as a slow one: there is nothing to guess.
"""

import hashlib
import hmac
import os
import re
import secrets
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from filelock import FileLock

from ovoz.serving.auth.caller import BY_DEFAULT, Caller, Scope, scopes_of

PREFIX: Final = "ovoz_"
"""What every created key begins with, so that scanners for leaked secrets can know it."""

_HEX_LETTERS: Final = frozenset("0123456789abcdef")
_NAME: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")


@dataclass(frozen=True)
class KeyRecord:
    """What is kept of one key; on disk a line of digest, name and scopes, apart by blanks."""

    digest: str
    caller: Caller

    @classmethod
    def of(cls, line: str) -> Self:
        """The record of a line; the digest alone is a key for everything.

        Raises:
            ValueError: no such line; the message never repeats it, as it may hold a key.
        """
        digest, *rest = line.split()
        digest = digest.lower()
        if len(digest) != hashlib.sha256().digest_size * 2 or not set(digest) <= _HEX_LETTERS:
            raise ValueError("is no SHA-256 in hexadecimal")
        name = rest[0] if rest else _name_of(digest)
        if not _NAME.fullmatch(name) or len(rest) > 2:
            raise ValueError("is not followed by a name and scopes apart by commas")
        try:
            scopes = scopes_of(rest[1].split(",")) if len(rest) > 1 else BY_DEFAULT
        except ValueError as error:
            raise ValueError("has a scope that does not exist") from error
        return cls(digest, Caller(name, scopes))

    def __str__(self) -> str:
        """The line."""
        return f"{self.digest} {self.caller.name} {','.join(sorted(self.caller.scopes))}"


def _name_of(digest: str) -> str:
    """A name for a key without one; whole, so that no two keys share it, and no help to guess."""
    return hashlib.sha256(digest.encode()).hexdigest()


class ApiKeys:
    """The accepted keys.

    Args:
        lines: one SHA-256 in hexadecimal a key, which a name and scopes may follow.

    Raises:
        ValueError: a line is none; the message gives its place and never the value, which may be
            a key written there by mistake.
    """

    def __init__(self, lines: Iterable[str] = ()) -> None:
        self._records = _records(lines, "API key")

    @classmethod
    def configured(cls, listed: str = "", path: Path | None = None) -> Self:
        """Keys of a list of digests and of a file with one key a line (``#``: comment).

        Args:
            listed: digests apart by commas or white space; may be empty.
            path: the file, if any.

        Raises:
            ValueError: the file is missing or holds no key, or one of either is no SHA-256.
        """
        keys = cls(listed.replace(",", " ").split())
        if path is not None:
            in_file = read_records(path)
            if not in_file:
                raise ValueError(
                    f"{path}: holds no key: create one (ovoz keys create), or name no file"
                )
            keys._records += in_file
        return keys

    def __bool__(self) -> bool:
        """Whether there is any key."""
        return bool(self._records)

    def caller(self, key: str) -> Caller | None:
        """Who holds ``key``; takes the same time for all that are not accepted."""
        offered = hashlib.sha256(key.encode()).hexdigest()
        held = [one for one in self._records if hmac.compare_digest(offered, one.digest)]
        return held[0].caller if held else None


def read_records(path: Path) -> list[KeyRecord]:
    """The keys in a file.

    Raises:
        ValueError: it cannot be read, or one of its lines is no key's.
    """
    try:
        lines = [line.strip() for line in path.read_text("utf-8").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: no readable file of API keys: {error}") from error
    return _records((line for line in lines if line and not line.startswith("#")), f"{path}: key")


def _records(lines: Iterable[str], what: str) -> list[KeyRecord]:
    records = []
    for place, line in enumerate(lines, start=1):
        try:
            records.append(KeyRecord.of(line))
        except ValueError as error:
            raise ValueError(f"{what} {place} {error}") from error
    return records


def create_key(path: Path, name: str, scopes: frozenset[Scope]) -> str:
    """A new key, whose hash is added to the file at ``path`` (made if missing, mode 0600).

    Returns:
        The key itself, which is written nowhere.

    Raises:
        ValueError: the name is taken or has other letters than ``A-Za-z0-9._-``, there is no
            scope, or the file is faulty.
    """
    if not _NAME.fullmatch(name):
        raise ValueError("a name has 1 to 64 of the letters A-Z a-z 0-9 . _ -")
    if not scopes:
        raise ValueError("a key needs a scope")
    key = PREFIX + secrets.token_urlsafe(32)
    with _locked(path):
        if path.exists() and name in {one.caller.name for one in read_records(path)}:
            raise ValueError(f"there is a key named {name}: revoke it, or take another name")
        before = path.read_text("utf-8").splitlines() if path.exists() else []
        digest = hashlib.sha256(key.encode()).hexdigest()
        _replace(path, [*before, str(KeyRecord(digest, Caller(name, scopes)))])
    return key


def revoke_key(path: Path, name: str) -> None:
    """Take the key ``name`` out of the file at ``path``.

    Raises:
        ValueError: it holds no such key, or is faulty.
    """
    with _locked(path):
        digests = {one.digest for one in read_records(path) if one.caller.name == name}
        if not digests:
            raise ValueError(f"{path}: holds no key named {name}")
        lines = path.read_text("utf-8").splitlines()
        _replace(
            path,
            [
                one
                for one in lines
                if one.split()[:1] == [] or one.split()[0].lower() not in digests
            ],
        )


def _replace(path: Path, lines: list[str]) -> None:
    """Write all or nothing: a reader never sees half a file."""
    descriptor, written = tempfile.mkstemp(dir=path.parent, prefix=path.name)  # mode 0600
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write("".join(f"{line}\n" for line in lines))
    Path(written).replace(path)


def _locked(path: Path) -> FileLock:
    """The lock that keeps two commands from losing each other's change."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return FileLock(path.with_name(path.name + ".lock"))
