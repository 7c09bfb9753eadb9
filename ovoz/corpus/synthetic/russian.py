"""Russian inflection through the dictionary of pymorphy3 (OpenCorpora)."""

from functools import cache
from typing import Final, Literal

import pymorphy3

Case = Literal["nomn", "gent", "datv", "accs", "ablt", "loct"]
Person = Literal["1sg", "2pl", "3sg", "1pl", "3pl"]

_PERSON: Final[dict[str, frozenset[str]]] = {
    "1sg": frozenset({"1per", "sing"}),
    "1pl": frozenset({"1per", "plur"}),
    "2pl": frozenset({"2per", "plur"}),
    "3sg": frozenset({"3per", "sing"}),
    "3pl": frozenset({"3per", "plur"}),
}
_OBLIQUE_AFTER_NUMBER: Final = 5


@cache
def _dictionary() -> pymorphy3.MorphAnalyzer:
    return pymorphy3.MorphAnalyzer(lang="ru")


@cache
def _lemma(word: str, part: str) -> pymorphy3.analyzer.Parse:
    for parse in _dictionary().parse(word):
        if part == parse.tag.POS and parse.normal_form.replace("ё", "е") == word.replace("ё", "е"):
            return parse
    raise ValueError(f"{word!r} is not known as {part}")


def _inflect(word: str, part: str, grammemes: frozenset[str]) -> str:
    form = _lemma(word, part).inflect(grammemes)
    if form is None:
        raise ValueError(f"{word!r} has no form {sorted(grammemes)}")
    return str(form.word)


def noun(word: str, case: Case = "nomn", *, plural: bool = False) -> str:
    """A form of a noun given in the nominative singular."""
    return _inflect(word, "NOUN", frozenset({case, "plur" if plural else "sing"}))


def counted(word: str, number: int) -> str:
    """The form of a noun after ``number``: один заказ, два заказа, пять заказов."""
    last_two, last = number % 100, number % 10
    if last_two // 10 != 1 and last == 1:
        return noun(word)
    if last_two // 10 != 1 and 1 < last < _OBLIQUE_AFTER_NUMBER:
        return noun(word, "gent")
    return noun(word, "gent", plural=True)


def gender(word: str) -> str:
    """``masc``, ``femn`` or ``neut``."""
    return str(_lemma(word, "NOUN").tag.gender)


def adjective(word: str, of: str, case: Case = "nomn", *, plural: bool = False) -> str:
    """An adjective, given in the masculine nominative, agreeing with the noun ``of``."""
    grammemes = {case, "plur"} if plural else {case, "sing", gender(of)}
    if case == "accs" and (plural or gender(of) == "masc"):
        animacy = "anim" if "anim" in _lemma(of, "NOUN").tag else "inan"
        grammemes.add(animacy)
    return _inflect(word, "ADJF", frozenset(grammemes))


def past(verb: str, subject: str | None = None, *, plural: bool = False) -> str:
    """Past tense of an infinitive, agreeing with the noun ``subject`` (masculine without one)."""
    if plural:
        return _inflect(verb, "INFN", frozenset({"past", "plur"}))
    agreeing = gender(subject) if subject else "masc"
    return _inflect(verb, "INFN", frozenset({"past", "sing", agreeing}))


def future(verb: str, person: Person) -> str:
    """Simple future of a perfective infinitive: оплачу, оплатит."""
    return _inflect(verb, "INFN", frozenset({"futr", "indc"}) | _PERSON[person])


def request(verb: str) -> str:
    """Polite imperative: проверьте."""
    return _inflect(verb, "INFN", frozenset({"impr", "plur", "excl"}))


def needed(word: str) -> str:
    """нужен, нужна or нужно, agreeing with the noun ``word``."""
    return {"masc": "нужен", "femn": "нужна", "neut": "нужно"}[gender(word)]
