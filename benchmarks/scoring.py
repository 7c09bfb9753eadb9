"""How fast is scoring beside jiwer? CPU seconds of `ovoz score` on generated utterances.

    python benchmarks/scoring.py [--utterances 100000] [--pack uz-ru]

jiwer's own time is that of its WER and CER of the same texts as written.

The texts are drawn from a small word list: no speech is involved.
"""

import argparse
import random
import time
from collections.abc import Callable
from typing import TypeVar

import jiwer
from rich.console import Console
from rich.table import Table

from ovoz.evaluation.hardware import describe_hardware
from ovoz.evaluation.metrics import Pair, scores_of, tally
from ovoz.evaluation.metrics.bootstrap import confidence_intervals, paired_differences
from ovoz.text.pack import load_pack

T = TypeVar("T")

UZBEK = "men sen bugun kecha ertaga bozorga bordim keldi oʻzim togʻ yaxshi katta kitob doʻst suv"
RUSSIAN = "магазин сегодня завтра работа документ справка вообще короче просто заказ"


def draw_pairs(count: int, seed: int = 0) -> list[Pair]:
    """Code-switched utterances of 4 to 16 words with about 15 % of word errors."""
    draw = random.Random(seed)
    stems = UZBEK.split() * 2 + RUSSIAN.split()
    words = stems + [stem + suffix for stem in stems for suffix in ("ni", "ga", "dan", "lar")]
    pairs = []
    for number in range(count):
        said = draw.choices(words, k=draw.randint(4, 16))
        heard = [draw.choice(words) if draw.random() < 0.1 else word for word in said]
        heard = [word for word in heard if draw.random() > 0.05]
        pairs.append(Pair(" ".join(said), " ".join(heard), speaker=f"s{number % 200}"))
    return pairs


def main() -> None:
    """Print one row a measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--utterances", type=int, default=100_000)
    parser.add_argument("--pack", default="uz-ru", help="'none' scores the texts as written")
    options = parser.parse_args()
    pack = None if options.pack == "none" else load_pack(options.pack)
    pairs = draw_pairs(options.utterances)
    table = Table(
        title=f"Scoring {options.utterances:,} utterances, pack {options.pack}",
        caption=f"{describe_hardware(['jiwer', 'numpy'])}; one process",
    )
    table.add_column("step")
    table.add_column("CPU seconds", justify="right")
    taken: list[float] = []

    def timed(step: str, call: Callable[[], T]) -> T:
        start = time.process_time()
        result = call()
        taken.append(time.process_time() - start)
        table.add_row(step, f"{taken[-1]:.2f}")
        return result

    references, hypotheses = [pair.reference for pair in pairs], [pair.hypothesis for pair in pairs]
    timed("jiwer: WER", lambda: jiwer.wer(references, hypotheses))
    timed("jiwer: CER", lambda: jiwer.cer(references, hypotheses))
    if pack is not None:
        pack.canonical(" ".join(references[:100]))  # load the tables
    counts = timed("count (normalise, align, label)", lambda: tally(pairs, pack))
    timed("figures", lambda: scores_of(counts))
    timed("1,000 bootstrap samples of 200 speakers", lambda: confidence_intervals(counts))
    table.add_row("ours / jiwer's", f"{sum(taken[2:]) / sum(taken[:2]):.2f}")
    timed("paired comparison, 1,000 samples", lambda: paired_differences(counts, counts))
    Console().print(table)


if __name__ == "__main__":
    main()
