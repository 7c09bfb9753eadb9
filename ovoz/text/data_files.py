"""Reads the word lists and tables in ``ovoz/text/data``."""

from importlib import resources


def read_text(name: str) -> str:
    """Content of a data file."""
    return resources.files("ovoz.text").joinpath(f"data/{name}").read_text("utf-8")


def read_lines(name: str) -> list[str]:
    """Lines of a data file, without empty ones and comments (``#``)."""
    return [line for line in read_text(name).splitlines() if line and not line.startswith("#")]
