"""Reads the word lists and tables in ``ovoz/text/data``."""

from importlib import resources


def read_lines(name: str) -> list[str]:
    """Lines of a data file, without empty ones and comments (``#``)."""
    text = resources.files("ovoz.text").joinpath(f"data/{name}").read_text("utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]
