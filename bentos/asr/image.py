"""What the served process needs installed."""

from importlib.metadata import version
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

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
    "pyarrow",  # loaded where there is a traffic log
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


OF_ATTENTION: Final = ("ctranslate2", "tokenizers")
"""What the attention head needs besides."""
OF_IMPORTED: Final = ("onnx-asr",)
"""What some models that others trained need."""


def pinned() -> tuple[str, ...]:
    """Requirements at the versions that are installed, and so tested, here.

    Those of the attention head and of imported models are among them where they are installed:
    which a model needs is not known before it is packaged.
    """
    wanted = (*OF_ATTENTION, *OF_IMPORTED)
    optional = [name for name in wanted if find_spec(name.replace("-", "_"))]
    return tuple(f"{name}=={version(name)}" for name in (*REQUIREMENTS, *optional))


def image() -> "Image":
    """The container image of the Bento, without torch.

    The versions are exact, so there is nothing for BentoML to lock (which would ask the network).
    """
    from bentoml.images import Image  # seconds, which who only asks for the versions is spared

    return Image(python_version="3.11", lock_python_packages=False).python_packages(*pinned())
