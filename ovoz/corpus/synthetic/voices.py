"""The speakers: espeak-ng's variants, each at a pitch and a rate of its own."""

from dataclasses import dataclass
from typing import Final

import numpy as np

_VARIANTS: Final = [
    "Alex",
    "Andrea",
    "Andy",
    "Annie",
    "Denis",
    "Diogo",
    "Gene",
    "Gene2",
    "Henrique",
    "Hugo",
    "Jacky",
    "Lee",
    "Marco",
    "Mario",
    "Michael",
    "Mike",
    "Nguyen",
    "Reed",
    "RicishayMax",
    "RicishayMax2",
    "RicishayMax3",
    "Storm",
    "Tweaky",
    "adam",
    "anika",
    "antonio",
    "aunty",
    "belinda",
    "benjamin",
    "boris",
    "caleb",
    "david",
    "ed",
    "edward",
    "edward2",
    "f1",
    "f4",
    "grandma",
    "grandpa",
    "gustave",
    "ian",
    "iven",
    "iven2",
    "iven3",
    "iven4",
    "john",
    "kaukovalta",
    "klatt",
    "klatt2",
    "klatt3",
    "klatt4",
    "klatt5",
    "klatt6",
    "linda",
    "m1",
    "m2",
    "m3",
    "m4",
    "m5",
    "m6",
    "m7",
    "m8",
    "marcelo",
    "max",
    "michel",
    "miguel",
    "mike2",
    "norbert",
    "pablo",
    "paul",
    "pedro",
    "quincy",
    "rob",
    "robert",
    "shelby",
    "steph",
    "steph2",
    "steph3",
    "travis",
    "zac",
]
"""Variants that speak the same bytes every time.

Left out are whispers, robots and croaks, and the variants with an echo (Alicia, f2, f3, f5, sandro,
victor), which espeak-ng mixes from memory that it never clears.
"""


@dataclass(frozen=True, slots=True)
class Voice:
    """A speaker. ``pitch`` and ``pitch_range`` in [0, 100], ``words_per_minute`` of espeak-ng.

    ``accent`` is espeak-ng's language for the speaker's matrix language where it is another one
    than the language pack names.
    """

    variant: str
    pitch: int
    pitch_range: int
    words_per_minute: int
    accent: str = ""

    @property
    def speaker(self) -> str:
        """Name in the manifest."""
        return f"espeak-{self.variant.lower()}"


def cast(seed: int, *counts: int) -> list[list[Voice]]:
    """Disjoint groups of voices of the sizes ``counts``.

    Raises:
        ValueError: More voices are wanted than espeak-ng has.
    """
    if sum(counts) > len(_VARIANTS):
        raise ValueError(f"{sum(counts)} voices wanted, espeak-ng has {len(_VARIANTS)} that speak")
    rng = np.random.default_rng([seed, 1])
    order = rng.permutation(len(_VARIANTS))
    voices = [
        Voice(
            _VARIANTS[index],
            pitch=int(rng.integers(30, 70)),
            pitch_range=int(rng.integers(30, 70)),
            words_per_minute=int(rng.integers(140, 176)),
        )
        for index in order
    ]
    groups, start = [], 0
    for count in counts:
        groups.append(voices[start : start + count])
        start += count
    return groups
