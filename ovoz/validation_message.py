"""Errors of pydantic in one line: the key and what is wrong with it."""

from pydantic import ValidationError
from pydantic_core import ErrorDetails


def describe_validation(error: ValidationError) -> str:
    """Every key with its fault, separated by semicolons, without links to pydantic's site."""
    faults = error.errors(include_url=False, include_context=False)
    return "; ".join(_describe(fault) for fault in faults)


def _describe(fault: ErrorDetails) -> str:
    key = ".".join(map(str, fault["loc"]))
    # Our own messages have pydantic's prefix, and name the value where that helps.
    own = fault["type"] == "value_error"
    message = " ".join(fault["msg"].removeprefix("Value error, ").split())
    value = fault["input"]
    got = "" if own or not isinstance(value, str | int | float) else f", not {value!r}"
    return f"{key}: {message}{got}" if key else message
