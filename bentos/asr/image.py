"""What the served process needs installed."""

from collections.abc import Mapping
from importlib.metadata import Distribution
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ovoz.distributions import find_distributions
from ovoz.engine.artifact.description import ModelDescription

if TYPE_CHECKING:
    from bentoml.images import Image

REQUIREMENTS: Final = (
    "asgi-correlation-id",
    "av",
    "bentoml",
    "cashews",
    "cryptography",
    "fastapi",
    "fastapi-swagger",
    "filelock",
    "flashlight-text",
    "httpx",
    "huggingface-hub",
    "langcodes",
    "limits",
    "mlflow-skinny",
    "num2words",
    "numpy",
    "onnxruntime",
    "opentelemetry-api",
    "opentelemetry-exporter-otlp-proto-http",
    "prometheus-client",
    "psutil",
    "psycopg",
    "psycopg-binary",
    "pydantic",
    "pydantic-settings",
    "pyjwt",
    "python-json-logger",
    "python-multipart",
    "rapidfuzz",
    "redis",
    "scipy",
    "soundfile",
    "soxr",
    "sqlalchemy",
    "standardwebhooks",
    "taskiq",
    "taskiq-aio-pika",
    "tenacity",
    "websockets",
)
"""Distributions that the service imports; a test holds it against what is loaded."""


_OF_ATTENTION: Final = ("ctranslate2", "tokenizers")
"""What an attention head or a second reader needs besides."""
_OF_IMPORTED: Final = ("onnx-asr",)
"""What some models that others trained need."""
_OF_TRAFFIC: Final = ("pyarrow",)
"""What the logs of traffic and corrections need: 157 MB, which a service without them is spared."""

PACKAGES_FILE: Final = "packages.txt"
"""In a Bento: what it installs, a requirement a line."""


def find_packages(model: ModelDescription, *, traffic_log: bool) -> dict[str, Distribution]:
    """Everything that the Bento of a model installs, by name: no more than the model needs.

    Args:
        model: The model.
        traffic_log: Whether the service may log traffic and corrections.
    """
    reads_tokens = model.has_attention or model.second_reader is not None
    wanted = (
        *REQUIREMENTS,
        *(_OF_ATTENTION if reads_tokens else ()),
        *(_OF_IMPORTED if model.imported is not None else ()),
        *(_OF_TRAFFIC if traffic_log else ()),
    )
    return find_distributions((name, frozenset()) for name in wanted)


def pinned(packages: Mapping[str, Distribution]) -> list[str]:
    """Requirements at the versions that are installed, and so tested, here."""
    return [f"{name}=={found.version}" for name, found in packages.items()]


def image() -> "Image":
    """The container image of the Bento, without torch.

    The versions are exact, so there is nothing for BentoML to lock (which would ask the network).
    They are those that :mod:`bentos.asr.build` wrote down; outside of a Bento no image is built.
    """
    from bentoml.images import Image  # seconds, which who only asks for the versions is spared

    file = Path(__file__).resolve().parents[2] / PACKAGES_FILE
    packages = file.read_text("utf-8").splitlines() if file.is_file() else REQUIREMENTS
    return Image(python_version="3.11", lock_python_packages=False).python_packages(*packages)
