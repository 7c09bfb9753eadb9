"""What must hold before the service starts; it stops at once, with a reason, where it does not."""

import tempfile
from pathlib import Path

from pydantic import ValidationError

from ovoz.engine.artifact.storage import ArtifactError, read_description
from ovoz.serving.auth.api_keys import ApiKeys
from ovoz.serving.auth.network import is_loopback
from ovoz.serving.auth.tokens import Tokens, key_in_file, keys_at
from ovoz.serving.inference.model_source import ModelError, is_remote, local_artifact
from ovoz.serving.jobs.spool import Spool
from ovoz.serving.settings import ServiceSettings


class StartError(RuntimeError):
    """The service may not start; the message says what to change.

    No ``ValueError``: BentoML takes one for a faulty tag, and its reason would be lost.
    """


def read_settings() -> ServiceSettings:
    """The settings of the environment.

    Raises:
        StartError: a variable has no sensible value.
    """
    try:
        return ServiceSettings()
    except ValidationError as error:
        told = "; ".join(
            "".join(f"{_variable(name)}: " for name in one["loc"][:1]) + one["msg"]
            for one in error.errors()
        )
        raise StartError(told) from error


def _variable(name: int | str) -> str:
    told = str(name).upper()
    return told if told in {"MODEL_ID", "DEVICE"} or told.startswith("OVOZ_") else f"OVOZ_{told}"


def reachable_model(settings: ServiceSettings) -> Path:
    """The artifact that ``settings.model_id`` names, fetched where it lies elsewhere.

    Raises:
        StartError: it cannot be had.
    """
    try:
        return local_artifact(settings.model_id, settings.model_cache)
    except ModelError as error:
        raise StartError(str(error)) from error


def checked_keys(settings: ServiceSettings, host: str | None) -> ApiKeys:
    """The keys, where the model is whole and strangers cannot reach a service without keys.

    Args:
        settings: the service's settings.
        host: where the process is to listen; None when it is not to.

    Raises:
        StartError: a missing or damaged model, a faulty key, or an open network.
    """
    try:
        if not settings.model_url and not is_remote(settings.model_id):
            read_description(Path(settings.model_id))
        keys = ApiKeys.configured(settings.api_keys, settings.api_keys_file)
    except (ArtifactError, ValueError) as error:
        raise StartError(str(error)) from error
    authenticated = bool(keys) or settings.jwt_algorithm is not None
    if host is not None and not authenticated and not is_loopback(host):
        raise StartError(
            f"{host} is reachable from outside, and there are no API keys: set OVOZ_API_KEYS or"
            " OVOZ_API_KEYS_FILE to the SHA-256 of each key, or listen on 127.0.0.1"
        )
    return keys


def checked_jobs(settings: ServiceSettings) -> None:
    """See to the folder of jobs, where there is to be one.

    Raises:
        StartError: it cannot be written to.
    """
    if settings.jobs_dir is None:
        return
    try:
        Spool(settings.jobs_dir.resolve())
        with tempfile.TemporaryFile(dir=settings.jobs_dir):
            pass
    except OSError as error:
        raise StartError(f"OVOZ_JOBS_DIR: {settings.jobs_dir}: {error.strerror}") from error


def checked_tokens(settings: ServiceSettings) -> Tokens | None:
    """What checks tokens; None where they are not configured.

    Raises:
        StartError: something that the check needs is missing or faulty.
    """
    algorithm = settings.jwt_algorithm
    if algorithm is None:
        return None
    if not settings.jwt_audience or not settings.jwt_issuer:
        raise StartError("OVOZ_JWT_ALGORITHM needs OVOZ_JWT_AUDIENCE and OVOZ_JWT_ISSUER")
    if (settings.jwt_key_file is None) == (not settings.jwt_jwks_url):
        raise StartError("set one of OVOZ_JWT_KEY_FILE and OVOZ_JWT_JWKS_URL")
    if settings.jwt_jwks_url and algorithm == "HS256":
        raise StartError("HS256 has a secret, which no OVOZ_JWT_JWKS_URL gives out")
    try:
        key = (
            keys_at(settings.jwt_jwks_url)
            if settings.jwt_key_file is None
            else key_in_file(settings.jwt_key_file, algorithm)
        )
    except ValueError as error:
        raise StartError(str(error)) from error
    return Tokens(algorithm, key, audience=settings.jwt_audience, issuer=settings.jwt_issuer)
