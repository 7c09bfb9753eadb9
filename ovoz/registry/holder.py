"""Which version holds an alias, asked often and without loading MLflow.

A server is asked by one request of MLflow's REST API. Of a local database the pointers beside it
are read; where they are stale, because another program wrote to it, a process of its own loads
MLflow and writes them anew.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import Final

import httpx

from ovoz.registry.pointer import read_holders
from ovoz.registry.settings import RegistrySettings

_TRACKING_URI: Final = "MLFLOW_TRACKING_URI"
_ALIAS_PATH: Final = "/api/2.0/mlflow/registered-models/alias"
_NOT_THERE: Final = {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"}
_ANSWER_S: Final = 5.0
_MLFLOW_S: Final = 180.0

HolderOf = Callable[[str], str | None]
"""From ``models:/name@alias`` to the number of the version; None when no version holds it."""


class RegistryAwayError(ConnectionError):
    """The registry does not answer; the message says why."""


def holder_of(environ: Mapping[str, str]) -> HolderOf:
    """What asks the registry that ``MLFLOW_TRACKING_URI`` names.

    Args:
        environ: The registry, and how to sign in to it, by MLflow's variables.

    Returns:
        A function of the URI, which raises :class:`RegistryAwayError`.
    """
    uri = environ.get(_TRACKING_URI, "")
    if uri.startswith(("http://", "https://")):
        return _ServerAliases(uri, environ)
    return _LocalAliases(uri)


class _ServerAliases:
    def __init__(self, url: str, environ: Mapping[str, str]) -> None:
        self._url = url.rstrip("/")
        user = environ.get("MLFLOW_TRACKING_USERNAME")
        token = environ.get("MLFLOW_TRACKING_TOKEN")
        self._auth = (user, environ.get("MLFLOW_TRACKING_PASSWORD", "")) if user else None
        self._headers = {"Authorization": f"Bearer {token}"} if token and not user else {}
        unchecked = environ.get("MLFLOW_TRACKING_INSECURE_TLS", "").lower() in ("true", "1")
        self._verify = False if unchecked else environ.get("MLFLOW_TRACKING_SERVER_CERT_PATH", True)

    def __call__(self, uri: str) -> str | None:
        name, alias = split_alias(uri)
        try:
            with httpx.Client(
                auth=self._auth, headers=self._headers, timeout=_ANSWER_S, verify=self._verify
            ) as client:
                answer = client.get(
                    f"{self._url}{_ALIAS_PATH}", params={"name": name, "alias": alias}
                )
            told = answer.json()
            if answer.status_code == httpx.codes.OK:
                return str(told["model_version"]["version"])
            if told["error_code"] in _NOT_THERE:
                return None
            raise RegistryAwayError(f"the registry answers {answer.status_code}")
        except (httpx.HTTPError, OSError, ValueError, KeyError, TypeError) as error:
            if isinstance(error, RegistryAwayError):
                raise
            raise RegistryAwayError(
                f"the registry does not answer: {type(error).__name__}"
            ) from error


class _LocalAliases:
    def __init__(self, uri: str) -> None:
        self._uri = uri

    def __call__(self, uri: str) -> str | None:
        name, alias = split_alias(uri)
        if not self._uri:
            raise RegistryAwayError(f"{_TRACKING_URI} names no registry")
        holders = read_holders(RegistrySettings(tracking_uri=self._uri, model=name))
        if holders is not None:
            return holders[alias].version if alias in holders else None
        return _ask_mlflow(uri)


def _ask_mlflow(uri: str) -> str | None:
    """The answer of MLflow in a process of its own."""
    try:
        done = subprocess.run(  # noqa: S603  (our own interpreter and module)
            [sys.executable, "-m", "ovoz.registry.show_holder", uri],
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=False,
            timeout=_MLFLOW_S,
        )
    except subprocess.TimeoutExpired as error:
        raise RegistryAwayError(f"the registry did not answer within {_MLFLOW_S:.0f} s") from error
    if done.returncode != 0:
        told = (done.stderr.strip() or "no reason given").splitlines()[-1]
        raise RegistryAwayError(f"the registry does not answer: {told}")
    return done.stdout.split()[-1] if done.stdout.strip() else None


def split_alias(uri: str) -> tuple[str, str]:
    """Name and alias of ``models:/name@alias``."""
    name, _, alias = uri.removeprefix("models:/").rpartition("@")
    return name, alias
