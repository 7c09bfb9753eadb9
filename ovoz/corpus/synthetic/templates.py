"""Sentences from the templates of a language pack.

A language has rules by name; a rule is a list of alternatives, and ``{name}`` in one of them is
filled by another rule of the language, ``{ru.name}`` by one of another language, ``{number}`` by
the words of a number. The rule ``sentence`` is where it begins. Rules with names in capitals list
content words, some of which only the ``open`` split has.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from ovoz.corpus.synthetic.grammar import SentenceSampler
from ovoz.text.language import Language

Templates = Mapping[Language, Mapping[str, Sequence[str]]]

_SLOT: Final = re.compile(r"\{(?:(\w+)\.)?(\w+)\}")
_NUMBER: Final = "number"
_START: Final = "sentence"


def fill_template(templates: Templates, language: Language, draw: SentenceSampler) -> str:
    """One sentence of ``language``, in the letters of the templates.

    Raises:
        ValueError: A slot names a rule that there is not.
    """
    return " ".join(_fill(templates, language, _START, draw).split())


def _fill(templates: Templates, language: Language, rule: str, draw: SentenceSampler) -> str:
    if rule == _NUMBER:
        return draw.pack.number_words(draw.number(), language)
    try:
        alternatives = templates[language][rule]
    except KeyError as error:
        raise ValueError(f"sentences.{language}: no rule is called {rule!r}") from error
    chosen = draw.stem(alternatives) if rule.isupper() else draw.one(alternatives)
    return _SLOT.sub(
        lambda slot: _fill(templates, Language(slot[1] or language), slot[2], draw), chosen
    )
