"""How fast is Uzbek transliterated? Megabytes of UTF-8 a second, one thread.

Words are remembered, so the rate depends on how often they come again. Two texts are timed:
one in which words come as often as in a language (Zipf's law, exponent 1, over 60,000 forms), and
the worst case, in which every word is new.
"""

import random
import time
from collections.abc import Callable
from itertools import product

from ovoz.evaluation.hardware import describe_hardware
from ovoz.text.data_files import read_lines
from ovoz.text.transliteration import to_cyrillic, to_latin

SUFFIXES = ("", "lar", "im", "ing", "i", "imiz", "ingiz", "lari")
CASES = ("", "ni", "ning", "ga", "da", "dan", "gacha", "dagi", "niki")
WORDS = 400_000


def texts(seed: int = 0) -> dict[str, str]:
    """Cyrillic texts by name: words as often as in a language, and every word once."""
    draw = random.Random(seed)
    stems = sorted(set(" ".join(read_lines("uzbek_stems.txt")).split()))
    forms = [f"{stem}{one}{two}" for stem, one, two in product(stems, SUFFIXES, CASES)]
    forms = sorted(to_cyrillic(form) for form in forms if " " not in form)
    draw.shuffle(forms)
    forms = forms[:60_000]
    weights = [1 / rank for rank in range(1, len(forms) + 1)]
    return {
        "as in a language": " ".join(draw.choices(forms, weights, k=WORDS)),
        "every word new": " ".join(f"{form}ку{tail}" for tail in "абгд" for form in forms),
    }


def main() -> None:
    """Print the rate of the first reading of each text, in both directions."""
    print(f"{describe_hardware([])}, first reading")
    for name, cyrillic in texts().items():
        latin, forth = _rate(to_latin, cyrillic)
        _, back = _rate(to_cyrillic, latin)
        print(f"{name:18} to_latin {forth:6.1f} MB/s   to_cyrillic {back:6.1f} MB/s")


def _rate(convert: Callable[[str], str], text: str) -> tuple[str, float]:
    start = time.perf_counter()
    converted = convert(text)
    return converted, len(text.encode()) / 1e6 / (time.perf_counter() - start)


if __name__ == "__main__":
    main()
