"""What the served process needs installed."""

from importlib.metadata import version
from typing import Final

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
    "pyyaml",
    "scipy",
    "soundfile",
    "soxr",
)


def pinned() -> tuple[str, ...]:
    """Requirements at the versions that are installed, and so tested, here."""
    return tuple(f"{name}=={version(name)}" for name in REQUIREMENTS)


def image() -> Image:
    """The container image of the Bento, without torch.

    The versions are exact, so there is nothing for BentoML to lock (which would ask the network).
    """
    return Image(python_version="3.11", lock_python_packages=False).python_packages(*pinned())
