"""The limits of the collector's checks on real voice messages, and fingerprints of copies.

    python benchmarks/collection_checks.py ../shared/data/uz_crowd

Prints how many accepted messages of another bot each check would refuse, and the share of bits in
which fingerprints differ: of copies (encoded anew, cut, quieter), of other readings of the same
text, of unrelated messages.
"""

import argparse
import csv
import random
from collections import Counter
from itertools import combinations
from pathlib import Path

import numpy as np

from benchmarks.collection.encoding import encode_opus
from collector.recording.checks import RefusedAudioError, check_audio
from collector.recording.fingerprint import Fingerprint, compute_fingerprint, measure_bit_errors
from collector.settings import CheckSettings
from ovoz.audio.decode import decode
from ovoz.evaluation.hardware import describe_hardware
from ovoz.text.pack import load_pack

_CUT = 11_337


def main() -> None:
    """Draw messages, check and compare them."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("recordings", type=Path, help="folder with metadata.csv: audio, text")
    parser.add_argument("--messages", type=int, default=400)
    parser.add_argument("--copies", type=int, default=60)
    arguments = parser.parse_args()
    print(describe_hardware(("numpy", "onnxruntime", "soundfile")))
    with (arguments.recordings / "metadata.csv").open(encoding="utf-8") as table:
        rows = random.Random(1).sample(list(csv.DictReader(table)), arguments.messages)
    pack, refusals, prints = load_pack("uz-ru"), Counter[str](), []
    for row in rows:
        audio = (arguments.recordings / row["audio"]).read_bytes()
        try:
            check_audio(audio, len(pack.canonical(row["text"])), CheckSettings())
        except RefusedAudioError as error:
            refusals[str(error.refusal)] += 1
        prints.append((row["text"], audio, compute_fingerprint(decode(audio))))
    print(f"refused of {len(rows)}: {dict(refusals)}")
    pairs = list(combinations(prints, 2))
    random.Random(2).shuffle(pairs)
    unrelated = [(a[2], b[2]) for a, b in pairs if a[0] != b[0]][:2500]
    _show("unrelated", unrelated)
    _show("other readings of a text", [(a[2], b[2]) for a, b in pairs if a[0] == b[0]])
    _show("copies", [pair for row in prints[: arguments.copies] for pair in _copy(*row[1:])])


def _copy(audio: bytes, fingerprint: Fingerprint) -> list[tuple[Fingerprint, Fingerprint]]:
    samples = decode(audio)
    copies = (samples, samples[_CUT:], samples * 0.2)
    return [(fingerprint, compute_fingerprint(decode(encode_opus(copy)))) for copy in copies]


def _show(name: str, pairs: list[tuple[Fingerprint, Fingerprint]]) -> None:
    errors = [measure_bit_errors(one, other) for one, other in pairs]
    low, middle, high = np.percentile(errors, [0, 50, 100])
    print(f"{name}: {len(pairs)} pairs, {low:.1%} to {high:.1%} of the bits, median {middle:.1%}")


if __name__ == "__main__":
    main()
