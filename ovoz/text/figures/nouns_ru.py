"""Russian nouns that figures bring along: units, currencies, percent, and the forms they take.

Own table: a dictionary (pymorphy3, 9 MB) would be needed for some twenty regular nouns, and reads
*сум* as a form of *сума*.
"""

from typing import Final, NamedTuple

CASES: Final = "ngdaip"
"""Nominative, genitive, dative, accusative, instrumental, prepositional; as in num2words."""

_HARD: Final = ("|а|у||ом|е", "ы|ов|ам|ы|ами|ах")
_SHORT: Final = ("|а|у||ом|е", "ы||ам|ы|ами|ах")
_SOFT: Final = ("ь|я|ю|ь|ем|е", "и|ей|ям|и|ями|ях")
_IN_A: Final = ("а|ы|е|у|ой|е", "ы||ам|ы|ами|ах")
_IN_CHA: Final = ("а|и|е|у|ей|е", "и||ам|и|ами|ах")
_FIXED: Final = ("|||||", "|||||")
_ADJECTIVE: Final = ("ый|ого|ому|ый|ым|ом", "ых|ых|ым|ых|ыми|ых")


class Noun(NamedTuple):
    """A noun that is counted: ``квадратный метр``, ``градус цельсия``."""

    stem: str
    endings: tuple[str, str] = _HARD
    gender: str = "m"
    adjective: str = ""
    tail: str = ""

    def counted(self, number: int, case: str = "n") -> str:
        """The form after a number in the given case: 1 рубль, 2 рубля, 5 рублей, к 5 рублям."""
        plural = number % 10 != 1 or number % 100 == 11
        own = case
        if case in "na" and plural:
            few = number % 10 in (2, 3, 4) and number % 100 not in (12, 13, 14)
            own, noun_plural = "g", not few
        else:
            noun_plural = plural
        return self._spell(own, noun_plural, plural)

    def of_a_fraction(self) -> str:
        """The form after a decimal fraction: 2,5 рубля."""
        return self._spell("g", False, False)

    def _spell(self, case: str, noun_plural: bool, plural: bool) -> str:
        form = self.stem + self.endings[noun_plural].split("|")[CASES.index(case)]
        if self.adjective:
            ending = _ADJECTIVE[plural].split("|")[CASES.index(case)]
            form = f"{self.adjective}{ending} {form}"
        return f"{form} {self.tail}" if self.tail else form


THOUSAND: Final = Noun("тысяч", _IN_CHA, "f")
MILLION: Final = Noun("миллион")
PERCENT: Final = Noun("процент")
DEGREE: Final = Noun("градус")
METRE: Final = Noun("метр")
KOPECK: Final = Noun("копе", ("йка|йки|йке|йку|йкой|йке", "йки|ек|йкам|йки|йками|йках"), "f")

SCALES: Final = {
    "тыс": THOUSAND, "млн": MILLION, "млрд": Noun("миллиард"), "трлн": Noun("триллион"),
}  # fmt: skip
CURRENCIES: Final = {
    "$": (Noun("доллар"), Noun("цент")),
    "€": (Noun("евро", _FIXED), Noun("цент")),
    "£": (Noun("фунт"), Noun("пенс")),
    "₽": (Noun("рубл", _SOFT), KOPECK),
    "UZS": (Noun("сум"), Noun("тийин")),
}
UNITS: Final = {
    "кг": Noun("килограмм"), "г": Noun("грамм"), "км": Noun("километр"), "м": METRE,
    "см": Noun("сантиметр"), "мм": Noun("миллиметр"), "л": Noun("литр"), "мл": Noun("миллилитр"),
    "га": Noun("гектар"), "ч": Noun("час"), "мин": Noun("минут", _IN_A, "f"),
    "сек": Noun("секунд", _IN_A, "f"), "т": Noun("тонн", _IN_A, "f"),
    "шт": Noun("штук", _IN_CHA, "f"),
    "вт": Noun("ватт", _SHORT), "квт": Noun("киловатт", _SHORT), "коп": KOPECK,
    "руб": CURRENCIES["₽"][0], "р": CURRENCIES["₽"][0], "долл": CURRENCIES["$"][0],
    "км/ч": Noun("километр", tail="в час"), "м/с": Noun("метр", tail="в секунду"),
    "кв м": Noun("метр", adjective="квадратн"), "куб м": Noun("метр", adjective="кубическ"),
}  # fmt: skip
