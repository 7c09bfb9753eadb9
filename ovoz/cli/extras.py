"""Commands whose packages are not installed say which extra has them."""

import sys
from collections.abc import Callable
from importlib.util import find_spec
from typing import Final

from ovoz.cli.errors import MISUSE, warn

_EXTRAS: Final = {
    "train": (
        "accelerate",
        "charset_normalizer",
        "datasets",
        "grimp",
        "onnx",
        "onnxscript",
        "packaging",
        "peft",
        "torch",
    ),
    "pipelines": ("dvc", "evidently", "great_expectations", "zenml"),
    "attention": ("ctranslate2", "faster_whisper", "tokenizers", "transformers"),
    "collector": ("aiogram", "aiosqlite", "alembic"),
    "cluster": ("distributed",),
    "mcp": ("mcp",),
    "monitoring": ("ruptures", "sklearn"),
    "speakers": ("kaldi_native_fbank",),
    "vad": ("silero_vad",),
}
"""Modules by the extra that installs them; any other one is of ``serve``."""

_PACKAGES: Final = {"ovoz_client": "ovoz-client"}
"""Modules of packages of ours that are installed by themselves."""

_OWN: Final = frozenset({"ovoz", "steps", "pipelines", "bentos", "collector"})


def run_command(app: Callable[[], object]) -> None:
    """Run a command, which ends in one line when a module of an extra is missing.

    Raises:
        ModuleNotFoundError: What is missing is a module of ours: a fault, which no extra mends.
    """
    try:
        app()
    except ModuleNotFoundError as error:
        module = (error.name or "").partition(".")[0]
        if not module or module in _OWN:
            raise
        warn(f"{module} is not installed; run: pip install {_package_of(module)}")
        sys.exit(MISUSE)


def require(module: str) -> None:
    """Check that a module is there before a process is started that needs it.

    Raises:
        ModuleNotFoundError: It is not.
    """
    if find_spec(module) is None:
        raise ModuleNotFoundError(f"No module named {module!r}", name=module)


def _package_of(module: str) -> str:
    extra = next((extra for extra, modules in _EXTRAS.items() if module in modules), "serve")
    return _PACKAGES.get(module, f"'ovoz[{extra}]'")
