"""What must hold before the service starts; it stops at once, with a reason, where it does not."""

import difflib
import os
import re
import tempfile
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings

from ovoz.engine.artifact.storage import ArtifactError, read_description
from ovoz.serving.auth.api_keys import ApiKeys
from ovoz.serving.auth.key_set import KeySet
from ovoz.serving.auth.network import is_loopback
from ovoz.serving.auth.tokens import FileKey, Tokens
from ovoz.serving.inference.model_source import is_remote
from ovoz.serving.job_settings import JobsSettings
from ovoz.serving.settings import ServiceSettings, groups, variables_of
from ovoz.serving.token_settings import TokenSettings

_OF_OTHERS: Final = re.compile(r"_SERVICE_(HOST|PORT)|_PORT(_\d+_(TCP|UDP|SCTP)|$)")
"""Variables that Kubernetes makes of a Service whose name begins so."""


class StartError(RuntimeError):
    """The service may not start; the message says what to change.

    No ``ValueError``: BentoML takes one for a faulty tag, and its reason would be lost.
    """


def read_settings() -> ServiceSettings:
    """The settings of the environment.

    Raises:
        StartError: a variable has no sensible value; every one of them is named.
    """
    read: dict[str, BaseSettings] = {}
    faults = _unknown_variables()
    for name, group in groups().items():
        try:
            read[name] = group()
        except ValidationError as error:
            faults += [_fault(group, one) for one in error.errors()]
    faults += _missing_packages(os.environ)
    if faults:
        raise StartError("; ".join(faults))
    return ServiceSettings.model_validate(read)


def _missing_packages(environ: Mapping[str, str]) -> list[str]:
    """One line on every log that is asked for where the package that writes it is not installed."""
    if find_spec("pyarrow") is not None:
        return []
    return [
        f"{name}: pyarrow, which writes it, is not installed here: build the Bento with"
        " --traffic-log, or unset the variable"
        for name in ("OVOZ_TRAFFIC_DIR", "OVOZ_FEEDBACK_DIR")
        if environ.get(name)
    ]


def _unknown_variables() -> list[str]:
    """One line on every variable with our prefix that nothing reads."""
    known = {
        variable
        for group in groups().values()
        for field in group.model_fields
        for variable in variables_of(group, field)
    }
    unknown = [
        name
        for name in sorted(os.environ)
        if name.startswith("OVOZ_") and name not in known and not _OF_OTHERS.search(name)
    ]
    faults = []
    for name in unknown:
        near = difflib.get_close_matches(name, known, n=1)
        faults.append(f"{name}: no such setting" + (f"; did you mean {near[0]}?" if near else ""))
    return faults


def _fault(group: type[BaseSettings], error: ErrorDetails) -> str:
    """One line on a variable; its value, which may be a secret, is not repeated."""
    told = error["msg"].removeprefix("Value error, ")
    if not error["loc"]:
        return told
    field = str(error["loc"][0])
    return f"{variables_of(group, field)[0] if field in group.model_fields else field}: {told}"


def checked_keys(settings: ServiceSettings, host: str | None) -> ApiKeys:
    """The keys, where the model is whole and strangers cannot reach a service without keys.

    Args:
        settings: the service's settings.
        host: where the process is to listen; None when it is not to.

    Raises:
        StartError: a missing or damaged model, a faulty key, or an open network.
    """
    try:
        if not settings.model.url and not is_remote(settings.model.id):
            read_description(Path(settings.model.id))
        keys = ApiKeys.configured(settings.auth.api_keys, settings.auth.api_keys_file)
    except (ArtifactError, ValueError) as error:
        raise StartError(str(error)) from error
    authenticated = bool(keys) or settings.tokens.algorithm is not None
    if host is not None and not authenticated and not is_loopback(host):
        raise StartError(
            f"{host} is reachable from outside, and there are no API keys: set OVOZ_API_KEYS or"
            " OVOZ_API_KEYS_FILE to the SHA-256 of each key, or listen on 127.0.0.1"
        )
    return keys


def checked_jobs(settings: JobsSettings) -> None:
    """See to the folder of jobs, where there is to be one.

    Raises:
        StartError: it cannot be written to.
    """
    if settings.dir is None:
        return
    try:
        settings.dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=settings.dir):
            pass
    except OSError as error:
        raise StartError(f"OVOZ_JOBS_DIR: {settings.dir}: {error.strerror}") from error


def checked_tokens(settings: TokenSettings) -> Tokens | None:
    """What checks tokens; None where they are not configured.

    Raises:
        StartError: the key is missing or faulty.
    """
    algorithm = settings.algorithm
    if algorithm is None:
        return None
    try:
        keys = (
            KeySet(settings.jwks_url, algorithm)
            if settings.key_file is None
            else FileKey(settings.key_file, algorithm)
        )
    except ValueError as error:
        raise StartError(str(error)) from error
    return Tokens(algorithm, keys, audience=settings.audience, issuer=settings.issuer)
