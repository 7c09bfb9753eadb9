"""Uzbek inflection by rule, in the official Latin orthography (1995).

Apostrophes are the letters U+02BB (oʻ, gʻ) and U+02BC (tutuq belgisi).
"""

from enum import StrEnum
from typing import Final

_VOWELS: Final = ("a", "e", "i", "o", "u", "oʻ")
_IRREGULAR_POSSESSED: Final = {"shahar": "shahr", "oʻrin": "oʻrn", "ogʻiz": "ogʻz", "qism": "qism"}
"""Stems that lose a vowel before a possessive suffix that starts with one."""


class Case(StrEnum):
    """The six cases; the nominative has no ending."""

    NOMINATIVE = ""
    ACCUSATIVE = "ni"
    GENITIVE = "ning"
    DATIVE = "ga"
    LOCATIVE = "da"
    ABLATIVE = "dan"


class Person(StrEnum):
    """Person and number of a possessor or a subject."""

    I = "1sg"  # noqa: E741  (the pronoun)
    THOU = "2sg"
    HE = "3sg"
    WE = "1pl"
    YOU = "2pl"
    THEY = "3pl"


_POSSESSIVE: Final = {  # after a consonant, after a vowel
    Person.I: ("im", "m"),
    Person.THOU: ("ing", "ng"),
    Person.HE: ("i", "si"),
    Person.WE: ("imiz", "miz"),
    Person.YOU: ("ingiz", "ngiz"),
    Person.THEY: ("i", "si"),
}
_PAST: Final = {"1sg": "m", "2sg": "ng", "3sg": "", "1pl": "k", "2pl": "ngiz", "3pl": "lar"}
_PRESENT: Final = {
    "1sg": "man",
    "2sg": "san",
    "3sg": "di",
    "1pl": "miz",
    "2pl": "siz",
    "3pl": "dilar",
}
_PROGRESSIVE: Final = _PRESENT | {"3sg": "ti", "3pl": "tilar"}


def ends_in_vowel(stem: str) -> bool:
    """Whether the last sound of ``stem`` is a vowel."""
    return stem.endswith(_VOWELS)


def noun(
    stem: str,
    case: Case = Case.NOMINATIVE,
    possessor: Person | None = None,
    *,
    plural: bool = False,
) -> str:
    """A noun form: stem, plural, possessor, case, in this order."""
    form = stem + "lar" if plural else stem
    if possessor is not None:
        form = _possessed(form, possessor)
    return form + case_ending(form, case)


def case_ending(form: str, case: Case) -> str:
    """The ending of ``case`` after ``form``; the dative is -ka after k and -qa after q."""
    if case is Case.DATIVE and form.endswith("k"):
        return "ka"
    if case is Case.DATIVE and form.endswith("q"):
        return "qa"
    return case.value


def _possessed(form: str, possessor: Person) -> str:
    after_consonant, after_vowel = _POSSESSIVE[possessor]
    if ends_in_vowel(form):
        return form + after_vowel
    form = _IRREGULAR_POSSESSED.get(form, form)
    if _syllables(form) > 1 and form.endswith("k"):
        form = form[:-1] + "g"
    elif _syllables(form) > 1 and form.endswith("q"):
        form = form[:-1] + "gʻ"
    return form + after_consonant


def _syllables(form: str) -> int:
    return sum(letter in "aeiou" for letter in form)


def past(stem: str, person: Person, *, negative: bool = False) -> str:
    """Definite past: keldim, kelmadingiz."""
    return _negated(stem, negative) + "di" + _PAST[person]


def present(stem: str, person: Person, *, negative: bool = False) -> str:
    """Present-future: kelaman, toʻlaydi, kelmaymiz."""
    base = _negated(stem, negative)
    return base + ("y" if ends_in_vowel(base) else "a") + _PRESENT[person]


def progressive(stem: str, person: Person, *, negative: bool = False) -> str:
    """Present of an action under way: kelyapman, toʻlamayapti."""
    return _negated(stem, negative) + "yap" + _PROGRESSIVE[person]


def conditional(stem: str, person: Person, *, negative: bool = False) -> str:
    """Condition: kelsam, toʻlasangiz."""
    return _negated(stem, negative) + "sa" + _PAST[person]


def intention(stem: str, person: Person) -> str:
    """Intention: kelmoqchiman."""
    return stem + "moqchi" + ("" if person is Person.HE else _PRESENT[person])


def request(stem: str) -> str:
    """Polite imperative: keling, toʻlang."""
    return stem + ("ng" if ends_in_vowel(stem) else "ing")


def verbal_noun(stem: str, person: Person | None = None) -> str:
    """Verbal noun, with its possessor: kelish, toʻlashingiz (kerak)."""
    form = stem + ("sh" if ends_in_vowel(stem) else "ish")
    return form if person is None else form + _POSSESSIVE[person][0]


def participle(stem: str) -> str:
    """Past participle: kelgan, chiqqan, tekkan."""
    if stem.endswith(("k", "g")) and not stem.endswith("ng"):
        return stem.removesuffix("g").removesuffix("k") + "kkan"
    if stem.endswith("q"):
        return stem + "qan"
    return stem + "gan"


def _negated(stem: str, negative: bool) -> str:
    return stem + "ma" if negative else stem
