"""What makes the sentences of a language pack: its own templates, or the grammar of ``uz-ru``."""

from collections.abc import Callable, Mapping
from functools import partial

from ovoz.corpus.synthetic.grammar import SentenceSampler
from ovoz.corpus.synthetic.templates import fill_template
from ovoz.text.language import Language
from ovoz.text.pack import DEFAULT_PACK, LanguagePack

SentenceMaker = Callable[[SentenceSampler], str]


def find_makers(pack: LanguagePack) -> Mapping[Language, SentenceMaker]:
    """A maker for each language of the pack that it has sentences of, and for mixed ones.

    Raises:
        ValueError: The pack has no sentences.
    """
    templates = pack.config.sentences
    if templates:
        return {one: partial(fill_template, templates, one) for one in templates}
    if pack.name != DEFAULT_PACK:
        raise ValueError(f"the language pack {pack.name} has no `sentences` to speak")
    # Uzbek and Russian inflect too richly for templates: their sentences are made by rule.
    from ovoz.corpus.synthetic import sentences_mixed, sentences_ru, sentences_uz

    return {
        Language.UZBEK: sentences_uz.sentence,
        Language.RUSSIAN: sentences_ru.sentence,
        Language.MIXED: sentences_mixed.sentence,
    }
