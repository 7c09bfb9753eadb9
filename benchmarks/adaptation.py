"""Can an adapter alone teach a trained model a dialect, without costing what it knew?

    python benchmarks/adaptation.py CHECKPOINT CORPUS [--steps 1600] [--dim 24] [--split test]

CHECKPOINT is the last stage's of a demo run (`.ovoz/training/code-switch-*/checkpoint`), CORPUS
the corpus it was trained on (`data`). The dialect is synthetic: the grammar's sentences with the
words and features of Khorezm (`ovoz/text/data`), their Uzbek read by espeak-ng's Turkmen voice in
place of an Oghuz accent. Test sentences and test voices are those that neither training saw. The
base is frozen; only adapters learn. The defaults were chosen on the dev split.
"""

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from ovoz.corpus.manifest import Dialect, Split, Utterance, read_manifest
from ovoz.corpus.synthetic.config import SyntheticConfig
from ovoz.corpus.synthetic.generate import generate
from ovoz.decoding.config import DecoderConfig, DecoderKind
from ovoz.engine.checkpoint_engine import load_trained_engine
from ovoz.evaluation.evaluate import Evaluation, evaluate
from ovoz.evaluation.hardware import describe_hardware
from ovoz.evaluation.testsets import TestSet
from ovoz.model.adapters import is_adapter_parameter
from ovoz.model.checkpoint import load_checkpoint
from ovoz.model.config import BottleneckConfig, NetworkConfig
from ovoz.model.tokenizer import CharTokenizer
from ovoz.text.language import Language
from ovoz.text.pack import load_pack
from ovoz.training.config import SpecAugmentConfig, StageConfig, TrainingConfig
from ovoz.training.selection import MixtureShare, Selection
from ovoz.training.stage import train_stage

PACK = load_pack("uz-ru")
LIMIT = 0.25
"""The product's gate on the word error rate of Uzbek."""

KHOREZM = SyntheticConfig(
    train=1500,
    dev=90,
    test=300,
    open=0,
    shares={Language.UZBEK: 0.6, Language.MIXED: 0.4},
    dialects={Dialect.KHOREZM: 1.0},
    accents={Dialect.KHOREZM: "tk"},
)
"""The seed is the demo's, so that the voices of each split are those of the demo's split."""


def placed(rows: list[Utterance], folder: Path) -> list[Utterance]:
    """The rows with whole paths, so that two corpora make one."""
    return [row.model_copy(update={"audio": str(folder.resolve() / row.audio)}) for row in rows]


def words(rows: list[Utterance]) -> list[str]:
    """Lexicon of the training rows."""
    return sorted({word for r in rows if r.split is Split.TRAIN for word in r.text.split()})


def adapt(checkpoint: Path, rows: list[Utterance], work: Path, options: argparse.Namespace) -> Path:
    """Train adapters on the dialect, with the first corpus played again beside it."""
    network = NetworkConfig(base_model=str(checkpoint), adapter=BottleneckConfig(dim=options.dim))
    stage = StageConfig(
        name="khorezm",
        steps=options.steps,
        learning_rate=options.learning_rate,
        final_share=0.0,
        spec_augment=SpecAugmentConfig(warp=0.05),
        mixture=(MixtureShare(of=Selection(dialects=(Dialect.KHOREZM,)), weight=options.weight),),
    )
    config = TrainingConfig(network=network, evaluate_every=options.steps)
    tokenizer = CharTokenizer.from_alphabet(PACK.alphabet)
    return train_stage(stage, config, rows, Path("/"), work, None, tokenizer=tokenizer).checkpoint


def main() -> None:
    """Adapt, and print the figures before and after."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--steps", type=int, default=1600)
    parser.add_argument("--learning-rate", type=float, default=2e-3)
    parser.add_argument("--dim", type=int, default=24)
    parser.add_argument("--weight", type=float, default=1.0, help="of a dialect row in a pass")
    parser.add_argument("--split", type=Split, default=Split.TEST, help="that is scored")
    options = parser.parse_args()
    with TemporaryDirectory() as scratch:
        work = Path(scratch)
        first = placed(read_manifest(options.corpus / "manifest.parquet"), options.corpus)
        manifest = generate(KHOREZM, work / "khorezm", lambda _done, _total: None)
        dialect = placed(read_manifest(manifest), manifest.parent)
        for number, row in enumerate(dialect):
            dialect[number] = row.model_copy(update={"id": f"khorezm-{row.id}"})
        adapted = adapt(options.checkpoint, first + dialect, work, options)
        Console().print(
            _table(_scored(options.checkpoint, adapted, first, dialect, options.split), adapted)
        )


def _scored(
    base: Path, adapted: Path, first: list[Utterance], dialect: list[Utterance], split: Split
) -> Evaluation:
    known = words(first)
    both = sorted({*known, *words(dialect)})
    opened, greedy = DecoderConfig(kind=DecoderKind.OPEN), DecoderConfig(kind=DecoderKind.GREEDY)
    systems = {
        "base, greedy": load_trained_engine(base, greedy),
        "base, its words": load_trained_engine(base, opened, known),
        "base, dialect's words too": load_trained_engine(base, opened, both),
        "adapted, greedy": load_trained_engine(adapted, greedy),
        "adapted, dialect's words too": load_trained_engine(adapted, opened, both),
    }
    heard = [row for row in dialect if row.split is split and row.dialect is Dialect.KHOREZM]
    sets = [
        TestSet("khorezm", heard, Path("/")),
        TestSet("first", [row for row in first if row.split is split], Path("/")),
    ]
    return evaluate(systems, sets, pack=PACK, training_data="synthetic speech")


def _table(evaluation: Evaluation, adapted: Path) -> Table:
    network = load_checkpoint(adapted).network
    learned = sum(
        one.numel()
        for name, one in network.named_parameters()
        if is_adapter_parameter(name) or not name.startswith("encoder.")
    )
    share = learned / sum(one.numel() for one in network.parameters())
    table = Table(
        title="A dialect learned by adapters alone (synthetic speech)",
        caption=f"{100 * share:.1f} % of the weights trained; gate: WER of Khorezm ≤ "
        f"{100 * LIMIT:.0f} %; bf16 autocast in training, fp32 in scoring; "
        f"{describe_hardware(['torch', 'transformers'])}",
    )
    for heading in ("system", "WER Khorezm", "CER Khorezm", "gate", "WER uz", "WER ru", "WER mix"):
        table.add_column(heading, justify="left" if heading == "system" else "right")
    for system in dict.fromkeys(row.system for row in evaluation.rows):
        there, here = (evaluation.find(system, name) for name in ("khorezm", "first"))
        if there is None or here is None:
            raise SystemExit("a test set is empty: is CORPUS the demo's?")
        rates = [there.figures["wer"], there.figures["cer"]]
        before = [here.figures[f"wer.{code}"] for code in ("uz", "ru", "mixed")]
        cells = [f"{100 * rate:.1f} %" for rate in (*rates, *before)]
        met = "met" if rates[0] <= LIMIT else "failed"
        table.add_row(system, *cells[:2], met, *cells[2:])
    return table


if __name__ == "__main__":
    main()
