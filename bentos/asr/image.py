"""What the served process needs installed."""

from importlib.metadata import version
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from bentoml.images import Image

REQUIREMENTS: Final = (
    "av",
    "bentoml",
    "fastapi",
    "flashlight-text",
    "num2words",
    "numpy",
    "onnxruntime",
    "pydantic",
    "pydantic-settings",
    "python-multipart",
    "scipy",
    "soundfile",
    "soxr",
)
"""Distributions that the service imports; a test holds it against what is loaded."""


def pinned() -> tuple[str, ...]:
    """Requirements at the versions that are installed, and so tested, here."""
    return tuple(f"{name}=={version(name)}" for name in REQUIREMENTS)


def image() -> "Image":
    """The container image of the Bento, without torch.

    The versions are exact, so there is nothing for BentoML to lock (which would ask the network).
    """
    from bentoml.images import Image  # seconds, which who only asks for the versions is spared

    return Image(python_version="3.11", lock_python_packages=False).python_packages(*pinned())
