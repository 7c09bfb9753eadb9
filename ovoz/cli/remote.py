"""What commands need that ask a running service."""

import os
from typing import Final

KEY_VARIABLE: Final = "OVOZ_API_KEY"


class RemoteError(Exception):
    """A service refuses, fails, or does not answer."""

    @classmethod
    def of(cls, error: Exception) -> "RemoteError":
        """The error of an ``ovoz_client.OvozError``; of a missing key it says where keys go."""
        is_about_keys = getattr(error, "kind", "") == "not-authenticated"
        return cls(f"{error}: set {KEY_VARIABLE}" if is_about_keys else str(error))


def api_key() -> str:
    """The key or token to show, from the environment: an argument would be seen by everybody."""
    return os.environ.get(KEY_VARIABLE, "")
