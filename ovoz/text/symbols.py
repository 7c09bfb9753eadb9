"""Symbols that every CTC vocabulary has: the blank and the word separator."""

from typing import Final

BLANK: Final = 0
"""Class of the CTC blank; the characters of a tokenizer are the classes 1, 2, …"""

SEPARATOR: Final = " "
"""Symbol between words."""
