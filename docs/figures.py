"""Write the figures of the last run into the README, from ``metrics/``.

    python docs/figures.py

Each table stands between two comments that name it; the headlines are the two bold rates.
"""

import json
import re
from pathlib import Path
from typing import Any, Final

from ovoz.evaluation.gates import EXPORTED, Gate, GatesConfig

ROOT: Final = Path(__file__).resolve().parents[1]
HEADLINE: Final = r"^\*\*[\d.]+ % word error rate\*\*(?= on {what})"
MESSAGES: Final = "uz_crowd"
"""The real recordings of the first headline."""
SCORES: Final = {
    "WER uz": "wer.uz",
    "WER ru": "wer.ru",
    "WER mixed": "wer.mixed",
    "CER": "cer",
    "language": "language_accuracy",
    "switch F1": "switch_f1",
}


def read_metrics(name: str) -> dict[str, Any]:
    """One of the files that a run writes."""
    metrics: dict[str, Any] = json.loads((ROOT / "metrics" / name).read_text("utf-8"))
    return metrics


def percent(rate: float) -> str:
    """A rate as the README writes it."""
    return f"{100 * rate:.1f} %"


def table(head: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def gate_row(gate: Gate, served: float, greedy: float | None) -> list[str]:
    """A gate of the product with its limit and both figures."""
    sign = "≤" if gate.at_most is not None else "≥"
    write = percent if gate.is_rate else "{:.2f}".format
    seen = "" if greedy is None else write(greedy)
    return [f"`{gate.name}`", f"{sign} {write(gate.limit)}", seen, write(served), "met"]


def gates() -> str:
    """The product's gates, as the model in production met them."""
    served = read_metrics("promotion.json")["figures"]
    greedy = read_metrics("scores.json")["greedy"]
    config = GatesConfig()
    return table(
        ["gate", "limit", "greedy", "served", ""],
        [
            gate_row(gate, served[gate.name], greedy[gate.test_set].get(gate.figure))
            for gate in (*config.gates, *config.of_artifact, EXPORTED)
            if gate.name in served
        ],
    )


def scores() -> str:
    """Both decoders on every test set."""
    readers = read_metrics("scores.json")
    rows = [
        [test_set, reader, *(percent(readers[reader][test_set][name]) for name in SCORES.values())]
        for test_set in readers["greedy"]
        for reader in ("greedy", "served")
    ]
    return table(["test set (synthetic)", "decoder", *SCORES], rows)


def interval(rate: list[float]) -> str:
    """A rate with the bounds of its interval."""
    value, low, high = (100 * bound for bound in rate)
    return f"{value:.1f} % ({low:.1f}–{high:.1f})"


def real() -> str:
    """Whisper, best path and served decoder on each set of ``benchmarks/real_speech.py``."""
    rows = [
        [
            f"{corpus} ({results['what']})",
            system,
            interval(figures["wer"]),
            interval(figures["cer"]),
            "told" if (right := figures["language_right"]) is None else percent(right),
        ]
        for corpus, results in read_metrics("real-speech.json").items()
        for system, figures in results["systems"].items()
        if re.search(r"^whisper|greedy|served", system)
    ]
    return table(["recordings", "system", "WER", "CER", "language right"], rows)


def fill(page: str) -> str:
    """A page with its tables and its headline of the last run."""
    for name, text in (("gates", gates()), ("scores", scores()), ("real", real())):
        before, start, rest = page.partition(f"<!-- {name} -->\n")
        _, end, after = rest.partition("\n<!-- end -->")
        page = before + start + text + end + after
    systems = read_metrics("real-speech.json")[MESSAGES]["systems"]
    (served,) = (system["wer"][0] for name, system in systems.items() if "(served)" in name)
    mixed = read_metrics("promotion.json")["figures"]["wer.mixed on test"]
    for what, rate in (("real", served), ("sentences", mixed)):
        headline = re.compile(HEADLINE.format(what=what), re.MULTILINE)
        page = headline.sub(f"**{percent(rate)} word error rate**", page)
    return page


if __name__ == "__main__":
    readme = ROOT / "README.md"
    readme.write_text(fill(readme.read_text("utf-8")), "utf-8")
