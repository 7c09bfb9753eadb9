"""The text modules of ``vi`` and ``kk`` on real sentences, and beside other normalizers.

    git clone https://github.com/UniversalDependencies/UD_Vietnamese-VTB
    git clone https://github.com/UniversalDependencies/UD_Kazakh-KTB
    python -m benchmarks.pack_texts --treebanks FOLDER --peers peers/bin/python

``FOLDER`` holds both treebanks (CC BY-SA 4.0), neither of which any table of the packs was made
from; ``peers`` is the venv that ``benchmarks/peer_normalizers.py`` describes. With ``--russian`` (a
file with a Russian sentence in the last column of each line) Russian words called Kazakh are
counted as well. ``--show N`` prints N sentences of each kind that differ.
"""

import argparse
import json
import random
import re
import subprocess
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from ovoz.evaluation.hardware import describe_hardware
from ovoz.text.pack import LanguagePack, load_pack
from ovoz.text.vi.writing import fold_letters, place_tones, strip_punctuation

NUMBERS = (*range(2_000), *random.Random(1).choices(range(10**9), k=2_000))
CONVENTIONS = (
    (r"\b(?:lẻ|linh)\b", "linh"),  # two words for a ten of zero
    (r"\bngàn\b", "nghìn"),
    (r"\btỉ\b", "tỷ"),
    (r"\b(bốn|tư)\b", "bốn"),  # hai mươi tư, hai mươi bốn
    (r"\bkhông trăm (?:linh )?", ""),  # một nghìn (không trăm) linh năm
    (r"\blinh\b ?", ""),
    (r"\b(?:ngày|đến|phút|mùng|mồng)\b ?", ""),  # what some say with a date, a range, a time
    (r"\b(?:chấm|phẩy)\b", "phẩy"),
)


def main() -> None:
    """Print all counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--treebanks", type=Path, required=True)
    parser.add_argument("--peers", type=Path)
    parser.add_argument("--russian", type=Path)
    parser.add_argument("--show", type=int, default=0)
    given = parser.parse_args()
    print(describe_hardware([]))
    vietnamese = list(read_treebank(given.treebanks / "UD_Vietnamese-VTB"))
    kazakh = list(read_treebank(given.treebanks / "UD_Kazakh-KTB"))
    describe("vi", vietnamese)
    describe("kk", kazakh)
    if given.russian:
        lines = given.russian.read_text("utf-8").splitlines()
        describe("kk", [line.split("\t")[-1] for line in lines], matrix="ru")
    if given.peers:
        compare(given.peers, [one for one in vietnamese if re.search(r"\d", one)], given.show)


def read_treebank(folder: Path) -> Iterable[str]:
    """Sentences of a treebank, without the names that VTB gives to its brackets."""
    for file in sorted(folder.glob("*.conllu")):
        for line in file.read_text("utf-8").splitlines():
            if line.startswith("# text = "):
                yield re.sub(r"\b[LR]BKT\b", " ", line.removeprefix("# text = "))


def describe(name: str, sentences: Sequence[str], matrix: str | None = None) -> None:
    """Words of another language than all are of, letters outside the alphabet, second passes."""
    pack = load_pack(name)
    wanted = matrix or pack.config.languages[0].value
    labels: Counter[str] = Counter()
    unstable = foreign = 0
    for sentence in sentences:
        text = pack.canonical(sentence)
        unstable += pack.canonical(text) != text
        foreign += bool(set(text) - set(pack.alphabet))
        labels.update(language.value for language in pack.transcript_languages(text.split()))
    others = {language: count for language, count in labels.items() if language != wanted}
    print(
        f"pack {name}, {len(sentences):,} sentences all of {wanted}: {labels.total():,} words,"
        f" {sum(others.values())} with another label {others};"
        f" a second pass changes {unstable}, {foreign} have letters outside the alphabet"
    )


def compare(peers: Path, sentences: Sequence[str], show: int) -> None:
    """How many sentences and numbers read as each peer reads them."""
    asked = json.dumps({"sentences": sentences, "numbers": NUMBERS})
    script = Path(__file__).with_name("peer_normalizers.py")
    answer = subprocess.run(
        [peers, script], input=asked, capture_output=True, text=True, check=True
    )
    told = json.loads(answer.stdout)
    pack = load_pack("vi")
    for name, readings in told["sentences"].items():
        report(
            f"vi {name}, {len(sentences)} sentences with figures", pack, sentences, readings, show
        )
    for name, readings in told["numbers"].items():
        language = name.split()[0]
        own = [load_pack(language).number_words(number, language) for number in NUMBERS]
        pairs = list(zip(own, readings, strict=True))
        equal = sum(ours == theirs for ours, theirs in pairs)
        folded = sum(fold(ours) == fold(theirs) for ours, theirs in pairs)
        print(
            f"{name}, {len(pairs):,} numbers: {equal:,} read alike, {folded:,} by the conventions"
        )
        differing = [pair for pair in pairs if fold(pair[0]) != fold(pair[1])][:show]
        print(*(f"  ours {ours}\n  it   {theirs}" for ours, theirs in differing), sep="\n")


def report(
    title: str, pack: LanguagePack, sentences: Sequence[str], readings: Sequence[str], show: int
) -> None:
    """Count sentences that two normalizers read alike, and by the conventions alone."""
    pairs = [
        (pack.canonical(sentence), strip_punctuation(place_tones(fold_letters(reading))))
        for sentence, reading in zip(sentences, readings, strict=True)
    ]
    equal = sum(ours == theirs for ours, theirs in pairs)
    folded = sum(fold(ours) == fold(theirs) for ours, theirs in pairs)
    unread = sum(bool(re.search(r"\d", theirs)) for _, theirs in pairs)
    own = sum(bool(re.search(r"\d", ours)) for ours, _ in pairs)
    print(
        f"{title}: {equal} read alike, {folded} by the conventions; digits are left in {unread}"
        f" of its readings and in {own} of ours"
    )
    for ours, theirs in [pair for pair in pairs if fold(pair[0]) != fold(pair[1])][:show]:
        print(f"  ours {ours}\n  it   {theirs}")


def fold(text: str) -> str:
    """A reading without what is a matter of taste."""
    for pattern, plain in CONVENTIONS:
        text = re.sub(pattern, plain, text)
    return re.sub(r"\bбір мың\b", "мың", " ".join(text.split()))


if __name__ == "__main__":
    main()
