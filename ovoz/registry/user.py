"""Name of the person or account that a promotion or roll-back is recorded for."""

import getpass
import os


def user_name() -> str:
    """The login name; the user's number where it has no name, as in an OpenShift pod."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # Python 3.13 raises OSError
        return f"uid {os.getuid()}"
