"""JSON Web Tokens (RFC 7519), checked against one pinned algorithm."""

import time
from pathlib import Path
from typing import Any, Final, Protocol

import jwt

from ovoz.serving.auth.caller import Caller, Scope
from ovoz.serving.settings import Algorithm

_LEEWAY_S: Final = 30
_FETCH_S: Final = 5.0
_AGAIN_S: Final = 30.0
_HS256_BYTES: Final = 32
_REQUIRED: Final = ("exp", "iss", "aud", "sub")


class KeySource(Protocol):
    """Where the key that verifies a token comes from."""

    def __call__(self, token: str) -> Any:  # noqa: ANN401  (each kind of key has its own class)
        """The key for ``token``; raises ``jwt.PyJWTError`` where there is none."""


class Tokens:
    """Accepts tokens of one issuer for one audience, signed with one algorithm.

    The algorithm is the one configured, never the one that the token names (RFC 8725, 3.1).

    Args:
        algorithm: the only one accepted.
        key: what verifies.
        audience: must be among the token's ``aud``.
        issuer: must be the token's ``iss``.
    """

    def __init__(self, algorithm: Algorithm, key: KeySource, *, audience: str, issuer: str) -> None:
        self._algorithm = algorithm
        self._key = key
        self._audience = audience
        self._issuer = issuer

    def caller(self, token: str) -> Caller | None:
        """Whose token it is, with the scopes of its ``scope`` claim that exist; None: refused.

        May fetch the issuer's keys: not for the event loop.
        """
        try:
            if jwt.get_unverified_header(token).get("alg") != self._algorithm:
                return None
            claims = jwt.decode(
                token,
                self._key(token),
                algorithms=[self._algorithm],
                audience=self._audience,
                issuer=self._issuer,
                leeway=_LEEWAY_S,
                options={"require": list(_REQUIRED)},
            )
        except (jwt.PyJWTError, ValueError):
            return None
        known = {str(scope) for scope in Scope}
        granted = claims.get("scope", "")
        named = set(granted.split()) if isinstance(granted, str) else set()
        # A subject can be as long as its issuer likes; it becomes a key of counters.
        return Caller(f"jwt:{claims['sub']}"[:128], frozenset(map(Scope, named & known)))


def key_in_file(path: Path, algorithm: Algorithm) -> KeySource:
    """The secret (HS256) or the public key in PEM (RS256, EdDSA) in a file.

    Raises:
        ValueError: it cannot be read, is no such key, or is a secret of less than 32 bytes
            (RFC 7518, 3.2).
    """
    try:
        content = path.read_bytes().strip()
        prepared = jwt.get_algorithm_by_name(algorithm).prepare_key(content)
    except (OSError, ValueError, TypeError, jwt.PyJWTError) as error:
        raise ValueError(f"{path}: no key for {algorithm}") from error
    if algorithm == "HS256" and len(content) < _HS256_BYTES:
        raise ValueError(f"{path}: a secret for HS256 has {_HS256_BYTES} bytes or more")
    return lambda _token: prepared


def keys_at(url: str) -> KeySource:
    """The key set (JWKS, RFC 7517) at a URL, fetched when needed and kept for five minutes.

    A token with a key that is not in it has the set fetched again at most twice a minute: anyone
    can write such a token.
    """
    return _KeySet(jwt.PyJWKClient(url, timeout=_FETCH_S))


class _KeySet:
    def __init__(self, client: jwt.PyJWKClient) -> None:
        self._client = client
        self._asked_again = -_AGAIN_S

    def __call__(self, token: str) -> Any:  # noqa: ANN401
        wanted = jwt.get_unverified_header(token).get("kid")
        key = self._client.match_kid(self._client.get_signing_keys(), wanted or "")
        if key is None and time.monotonic() - self._asked_again >= _AGAIN_S:
            self._asked_again = time.monotonic()
            key = self._client.match_kid(self._client.get_signing_keys(refresh=True), wanted or "")
        if key is None:
            raise jwt.PyJWKClientError(f"no key {wanted!r} in the set")
        return key.key
