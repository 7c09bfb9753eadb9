"""How the text of a system is read: as it is written, or in the canonical form.

The models of a language pack write canonical text, in which the script of a word is its language.
Their words keep it, a misspelt one too: the canonical form would find another language for it.
Other systems write as people do (Uzbek in Cyrillic letters, Russian in Latin ones).
"""

from collections.abc import Sequence
from typing import Final

from ovoz.evaluation.metrics.counting import count_edits
from ovoz.evaluation.metrics.pair import Pair, Views, views
from ovoz.text.pack import LanguagePack

_MOST_SAVED: Final = 0.05
"""Share of the words that the canonical form makes right in a system that keeps the convention."""


def read_hypothesis(text: str, reference: str, reading: Views) -> str:
    """The canonical form of a text, or the text as written where that is nearer to the reference.

    Thus scripts and spelling cost nothing, and a misspelt word only its wrong letters.

    Args:
        text: What a system wrote.
        reference: The canonical reference.
        reading: The readings of the language pack.
    """
    written, canonical = reading.written(text), reading.canonical(text)
    if written == canonical:
        return canonical
    return min(canonical, written, key=lambda read: _measure(reference, read))


def keeps_convention(pairs: Sequence[Pair], pack: LanguagePack) -> bool:
    """Whether a system writes as the models of the pack do, where nobody says so.

    All texts are in the alphabet of the pack, the references canonical, and the canonical form
    makes few more words right.
    """
    alphabet, reading = {*pack.alphabet}, views(pack)
    if not all(alphabet.issuperset(pair.reference + pair.hypothesis) for pair in pairs):
        return False
    saved = words = 0
    for pair in pairs:
        reference = reading.canonical(pair.reference)
        if reference != reading.raw(pair.reference):
            return False
        read = read_hypothesis(pair.hypothesis, reference, reading)
        written = reading.written(pair.hypothesis)
        saved += _measure(reference, written)[0] - _measure(reference, read)[0]
        words += len(reference.split())
    return saved <= _MOST_SAVED * words


def _measure(reference: str, text: str) -> tuple[int, int]:
    edits = count_edits(reference, text)
    return edits.word_errors, edits.character_errors
