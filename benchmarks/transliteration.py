"""How fast is Uzbek transliterated? Megabytes of UTF-8 a second, one thread."""

import platform
import time

from ovoz.text.transliteration import to_cyrillic, to_latin

SENTENCE = "Мен бугун эрталаб бозорга бориб, янги олма ва ўрик олдим; кейин уйга қайтдим. "
ROUNDS = 5


def main() -> None:
    """Print the best of five rounds in both directions."""
    cyrillic = SENTENCE * 20_000
    print(f"{platform.machine()}, Python {platform.python_version()}, best of {ROUNDS}")
    for name, convert, text in (
        ("to_latin", to_latin, cyrillic),
        ("to_cyrillic", to_cyrillic, to_latin(cyrillic)),
    ):
        best = min(_seconds(convert, text) for _ in range(ROUNDS))
        print(f"{name:12} {len(text.encode()) / 1e6 / best:6.1f} MB/s")


def _seconds(convert, text) -> float:  # noqa: ANN001
    start = time.perf_counter()
    convert(text)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
