"""Everything that the language core has to show, by one command.

    python -m benchmarks.text_figures --shared ../shared [--fortunes FOLDER] [--long]

Cases of ``cases/text.tsv``; the same prose in Cyrillic and Latin letters; idempotence on both;
word language and false Russian words (:mod:`benchmarks.word_language`); with ``--fortunes`` (the
Debian package fortunes-ru, unpacked) Russian that turns Latin; with ``--long`` also the round trip
of 100,000 figures (a slow test) and the time of scoring beside jiwer's (:mod:`benchmarks.scoring`).
"""

import argparse
import re
import subprocess
import sys
from itertools import islice
from pathlib import Path

import jiwer

from benchmarks import word_language
from benchmarks.fit_label_weights import read_fortunes
from ovoz.evaluation.hardware import describe_hardware
from ovoz.text.pack import LanguagePack, load_pack
from ovoz.text.transliteration import to_cyrillic, to_latin

ROOT = Path(__file__).parents[1]
LATIN = re.compile("[a-z]")
LINES = 6_000


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, required=True, help="folder of cases/ and data/")
    parser.add_argument("--fortunes", type=Path, help="where fortunes-ru lies")
    parser.add_argument("--long", action="store_true", help="also what takes minutes")
    options = parser.parse_args()
    pack = load_pack("uz-ru")
    word_language.measure(options.shared / "data/text")  # first: it times what no cache knows
    print(count_cases(options.shared / "cases/text.tsv", pack))
    compare_scripts(options.shared / "data/text/uz_parallel.tsv", pack)
    if options.fortunes:
        lines = list(islice(read_fortunes(options.fortunes), LINES))
        turned = sum(LATIN.search(pack.canonical(line)) is not None for line in lines)
        print(f"Russian with a word that turns Latin: {turned} of {len(lines)} lines")
    if options.long:
        tests = ["tests/unit/text/test_figures.py", "-m", "slow", "-q", "-n0"]
        subprocess.run([sys.executable, "-m", "pytest", *tests], cwd=ROOT, check=True)
        subprocess.run([sys.executable, "benchmarks/scoring.py"], cwd=ROOT, check=True)
    print(describe_hardware(["jiwer"]))


def count_cases(path: Path, pack: LanguagePack) -> str:
    """How many of the listed inputs have the listed value."""
    calls = {"to_latin": to_latin, "to_cyrillic": to_cyrillic}
    rows = [line.split("\t") for line in path.read_text("utf-8").splitlines()[1:]]
    right = sum(
        (calls.get(call) or getattr(pack, call))(written) == value
        for call, written, value, *_ in rows
    )
    return f"cases: {right} of {len(rows)} right"


def compare_scripts(path: Path, pack: LanguagePack) -> None:
    """Print the WER between the canonical forms of the same text, and how many are not final."""
    rows = [line.split("\t") for line in path.read_text("utf-8").splitlines()[1:]]
    pairs = [[pack.canonical(text) for text in row[:2]] for row in rows]
    cyrillic, latin = zip(*(pair for pair in pairs if all(pair)), strict=True)
    for name, reference, other in (("Latin", latin, cyrillic), ("Cyrillic", cyrillic, latin)):
        rate = jiwer.wer(list(reference), list(other))
        print(f"same text in both scripts, {name} as the reference: {rate:.3%} WER")
    moved = sum(pack.canonical(text) != text for pair in pairs for text in pair)
    print(f"canonical of a canonical text differs: {moved} of {2 * len(pairs)} sentences")


if __name__ == "__main__":
    main()
