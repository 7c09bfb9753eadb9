"""Kazakh number words: cardinals and ordinals."""

from typing import Final

LARGEST: Final = 10**15 - 1
_UNITS: Final = ("", "бір", "екі", "үш", "төрт", "бес", "алты", "жеті", "сегіз", "тоғыз")
_TENS: Final = (
    "", "он", "жиырма", "отыз", "қырық", "елу", "алпыс", "жетпіс", "сексен", "тоқсан",
)  # fmt: skip
_SCALES: Final = ("", "мың", "миллион", "миллиард", "триллион")
_ORDINALS: Final = {
    "нөл": "нөлінші", "бір": "бірінші", "екі": "екінші", "үш": "үшінші", "төрт": "төртінші",
    "бес": "бесінші", "алты": "алтыншы", "жеті": "жетінші", "сегіз": "сегізінші",
    "тоғыз": "тоғызыншы", "он": "оныншы", "жиырма": "жиырмасыншы", "отыз": "отызыншы",
    "қырық": "қырқыншы", "елу": "елуінші", "алпыс": "алпысыншы", "жетпіс": "жетпісінші",
    "сексен": "сексенінші", "тоқсан": "тоқсаныншы", "жүз": "жүзінші", "мың": "мыңыншы",
    "миллион": "миллионыншы", "миллиард": "миллиардыншы", "триллион": "триллионыншы",
}  # fmt: skip


def cardinal(number: int) -> str:
    """Words of a whole number of at most fifteen digits.

    Raises:
        ValueError: The number is too large.
    """
    if abs(number) > LARGEST:
        raise ValueError(f"{number} is too large to be written in words; largest is {LARGEST}")
    if number == 0:
        return "нөл"
    words = ["минус"] * (number < 0)
    for power in reversed(range(len(_SCALES))):
        group = abs(number) // 1000**power % 1000
        if group:
            # A thousand and a hundred are said without "one", a million is not.
            words += [] if power == 1 and group == 1 else _hundreds(group)
            words += [_SCALES[power]] * (power > 0)
    return " ".join(words)


def ordinal(number: int) -> str:
    """Words of an ordinal: its last word has the ending.

    Raises:
        ValueError: The number is too large.
    """
    *words, last = cardinal(number).split()
    return " ".join([*words, _ORDINALS[last]])


def _hundreds(group: int) -> list[str]:
    hundreds, rest = divmod(group, 100)
    words = ([_UNITS[hundreds]] if hundreds > 1 else []) + ["жүз"] * (hundreds > 0)
    return [*words, *filter(None, (_TENS[rest // 10], _UNITS[rest % 10]))]
