"""The Bento of the service's tests."""

from ..service.conftest import home, tag

__all__ = ["home", "tag"]
