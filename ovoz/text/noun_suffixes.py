"""Uzbek suffixes of a noun of another language."""

import re
from typing import Final

NOUN_SUFFIXES: Final = re.compile(
    r"(?:lar)?(?:imiz|ingiz|miz|ngiz|im|ing|i|si|m|ng)?(?:ni|ning|ga|ka|da|dan|gacha|niki|dagi|dek)?"
    r"(?:mi|chi|ku|da|man|san|miz|siz|di|edi|lik|li|siz)?"
)
"""Number, possession, case, particle."""
