"""JSON Web Tokens (RFC 7519), checked against one pinned algorithm."""

import hashlib
from pathlib import Path
from typing import Any, Final, Protocol

import jwt

from ovoz.serving.auth.caller import Caller, Scope
from ovoz.serving.token_settings import Algorithm

_LEEWAY_S: Final = 30
_HS256_BYTES: Final = 32
_REQUIRED: Final = ("exp", "iss", "aud", "sub")
_LONGEST_SUBJECT: Final = 96
"""Characters; longer subjects are known by their SHA-256, as columns and counters have a width."""


class KeySource(Protocol):
    """Where the key that verifies a token comes from."""

    async def find(self, kid: str | None) -> Any:  # noqa: ANN401  (each kind has its own class)
        """The key of this name; raises ``jwt.PyJWTError`` where there is none."""


class Tokens:
    """Accepts tokens of one issuer for one audience, signed with one algorithm.

    The algorithm is the one configured, never the one that the token names (RFC 8725, 3.1).

    Args:
        algorithm: the only one accepted.
        keys: what verifies.
        audience: must be among the token's ``aud``.
        issuer: must be the token's ``iss``.
    """

    def __init__(
        self, algorithm: Algorithm, keys: KeySource, *, audience: str, issuer: str
    ) -> None:
        self._algorithm = algorithm
        self.keys = keys
        self._audience = audience
        self._issuer = issuer

    async def caller(self, token: str) -> Caller | None:
        """Whose token it is, with the scopes of its ``scope`` claim that exist; None: refused.

        Raises:
            ProblemError: 503, the issuer's keys cannot be had.
        """
        try:
            header = jwt.get_unverified_header(token)
            if header.get("alg") != self._algorithm:
                return None
            claims = jwt.decode(
                token,
                await self.keys.find(header.get("kid")),
                algorithms=[self._algorithm],
                audience=self._audience,
                issuer=self._issuer,
                leeway=_LEEWAY_S,
                options={"require": list(_REQUIRED)},
            )
            name = name_of_subject(claims["sub"])
        # The library raises TypeError for a key of another kind than the algorithm's.
        except (jwt.PyJWTError, ValueError, TypeError):
            return None
        known = {str(scope) for scope in Scope}
        granted = claims.get("scope", "")
        named = set(granted.split()) if isinstance(granted, str) else set()
        return Caller(name, frozenset(map(Scope, named & known)))


def name_of_subject(subject: str) -> str:
    """The caller's name: another one for every subject, of at most 107 characters.

    Raises:
        ValueError: the subject is empty, or has characters that no database stores.
    """
    if not subject or not subject.isprintable():  # NUL and halves of characters are not
        raise ValueError("a subject must be printable text")
    if len(subject) <= _LONGEST_SUBJECT:
        return f"jwt:{subject}"
    return f"jwt-sha256:{hashlib.sha256(subject.encode()).hexdigest()}"


class FileKey:
    """The secret (HS256) or the public key in PEM (RS256, EdDSA) in a file.

    Raises:
        ValueError: it cannot be read, is no such key, or is a secret of less than 32 bytes
            (RFC 7518, 3.2).
    """

    def __init__(self, path: Path, algorithm: Algorithm) -> None:
        try:
            content = path.read_bytes().strip()
            self._key = jwt.get_algorithm_by_name(algorithm).prepare_key(content)
        except (OSError, ValueError, TypeError, jwt.PyJWTError) as error:
            raise ValueError(f"{path}: no key for {algorithm}") from error
        if algorithm == "HS256" and len(content) < _HS256_BYTES:
            raise ValueError(f"{path}: a secret for HS256 has {_HS256_BYTES} bytes or more")

    async def find(self, kid: str | None) -> Any:  # noqa: ANN401
        """As :meth:`KeySource.find`: always the same."""
        return self._key
