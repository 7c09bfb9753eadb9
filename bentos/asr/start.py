"""What must hold before the service starts; it stops at once, with a reason, where it does not."""

from pydantic import ValidationError

from bentos.asr.auth import ApiKeys
from bentos.asr.listening import is_loopback
from bentos.asr.settings import ServiceSettings
from ovoz.engine.artifact import ArtifactError, read_description


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
            f"OVOZ_{one['loc'][0]}".upper() + f": {one['msg']}" for one in error.errors()
        )
        raise StartError(told) from error


def checked_keys(settings: ServiceSettings, host: str | None) -> ApiKeys:
    """The keys, where the model is whole and strangers cannot reach a service without keys.

    Args:
        settings: the service's settings.
        host: where the process is to listen; None when it is not to.

    Raises:
        StartError: a missing or damaged model, a faulty key, or an open network.
    """
    try:
        read_description(settings.model_dir)
        keys = ApiKeys.configured(settings.api_keys, settings.api_keys_file)
    except (ArtifactError, ValueError) as error:
        raise StartError(str(error)) from error
    if host is not None and not keys and not is_loopback(host):
        raise StartError(
            f"{host} is reachable from outside, and there are no API keys: set OVOZ_API_KEYS or"
            " OVOZ_API_KEYS_FILE to the SHA-256 of each key, or listen on 127.0.0.1"
        )
    return keys
