"""Sentences by pauses: a full stop where the speaker rested, a capital after it.

Pauses are all that is known without a tagger: neither commas nor questions are written.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from ovoz.text.written.tokens import TokenKind, WrittenForm, WrittenToken

SENTENCE_PAUSE_S: Final = 0.7
"""A pause that ends a sentence."""


def write_sentences(text: WrittenForm, pauses_s: Sequence[float]) -> WrittenForm:
    """End sentences at long pauses and at the end, and begin each with a capital.

    Args:
        text: The written form.
        pauses_s: Silence behind each spoken word, in seconds; that of the last word is not read.

    Raises:
        ValueError: There is another number of pauses than of words.
    """
    if len(pauses_s) != len(text.words):
        raise ValueError(f"{len(pauses_s)} pauses for {len(text.words)} words: give one each")
    tokens: list[WrittenToken] = []
    first = True
    for token in text.tokens:
        last = token.end == len(text.words) or pauses_s[token.end - 1] >= SENTENCE_PAUSE_S
        words = _begin(token) if first else token.text
        tokens.append(replace(token, text=f"{words}." if last else words))
        first = last
    return replace(text, tokens=tuple(tokens))


def _begin(token: WrittenToken) -> str:
    if token.kind is TokenKind.REDACTED:
        return token.text
    return token.text[:1].upper() + token.text[1:]
