"""Fields that several forms have."""

from typing import Annotated

from fastapi import Form

from ovoz.serving.inference.options import LanguageHint

Hint = Annotated[LanguageHint, Form(description="The language spoken, when it is known.")]
HotWords = Annotated[
    str, Form(description="Words to listen for, apart by commas.", max_length=8_000)
]
Timestamps = Annotated[bool, Form(description="Whether an answer has a list of words with times.")]


def hot_words_of(field: str) -> tuple[str, ...]:
    """The words of a :data:`HotWords`."""
    return tuple(word.strip() for word in field.split(",") if word.strip())
