"""Stages that rearrange: aligned once by the network that they start from, resumed alike."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from pydantic import ValidationError
from safetensors.torch import load_file
from transformers import TrainerCallback

from ovoz.corpus.manifest import Split, Utterance
from ovoz.corpus.sounds import SoundsConfig
from ovoz.model.checkpoint import load_checkpoint
from ovoz.model.config import HeadKind, NetworkConfig
from ovoz.model.tokenizer import CharTokenizer
from ovoz.text.language import Language
from ovoz.training.config import FreezeConfig, RearrangeConfig, StageConfig, TrainingConfig
from ovoz.training.fingerprint import stage_fingerprint
from ovoz.training.rearrangement import alignment, prepare
from ovoz.training.rearrangement.prepare import RearrangementError
from ovoz.training.selection import Selection
from ovoz.training.stage import train_stage

LEARN = StageConfig(
    name="learn", steps=400, learning_rate=5e-3, final_share=0, spec_augment=None
)  # fmt: skip
REARRANGED = StageConfig(name="rearranged", steps=10, rearrange=RearrangeConfig(share=0.8))
Corpus = tuple[Path, list[Utterance]]


@pytest.fixture(scope="module")
def learned(
    corpus: Corpus, tokenizer: CharTokenizer, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A network that writes the tones of the letters."""
    root, rows = corpus
    config = TrainingConfig(
        network=NetworkConfig(d_model=32, layers=1, heads=2, hop=160), batch_frames=600,
        evaluate_every=1000, checkpoint_every=1000, precision="fp32",
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("learned")
    return train_stage(LEARN, config, rows, root, folder, None, tokenizer=tokenizer).checkpoint


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / "model.safetensors")


class _Stop(TrainerCallback):
    def on_step_end(self, args, state, control, **_) -> None:
        if state.global_step == 5:
            raise KeyboardInterrupt


@pytest.fixture
def aligned_rows(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Counts of rows that were aligned in this process."""
    counts: list[int] = []
    run = alignment.align_rows

    def counted(rows, *rest):
        counts.append(len(rows))
        return run(rows, *rest)

    monkeypatch.setattr(prepare, "align_rows", counted)
    return counts


def test_a_resumed_stage_reads_its_alignments_and_ends_the_same(
    corpus: Corpus, config: TrainingConfig, learned: Path, tmp_path: Path, aligned_rows
) -> None:
    root, rows = corpus
    train = [row for row in rows if row.split is Split.TRAIN]
    whole = train_stage(REARRANGED, config, rows, root, tmp_path / "a", learned)
    assert whole.aligned.rows == len(train)
    assert whole.aligned.used >= len(train) - 2
    with pytest.raises(KeyboardInterrupt):
        train_stage(REARRANGED, config, rows, root, tmp_path / "b", learned, callbacks=[_Stop()])
    workers = config.model_copy(update={"workers": 1})
    resumed = train_stage(REARRANGED, workers, rows, root, tmp_path / "b", learned)
    assert aligned_rows == [len(train), len(train)]
    left, right = weights(whole.checkpoint), weights(resumed.checkpoint)
    assert all(torch.equal(left[name], right[name]) for name in left)
    assert resumed.aligned == whole.aligned
    plain = REARRANGED.model_copy(update={"rearrange": None})
    other = weights(train_stage(plain, config, rows, root, tmp_path / "c", learned).checkpoint)
    assert not all(torch.equal(left[name], other[name]) for name in left)


def test_words_lie_where_they_are_heard(corpus: Corpus, learned: Path) -> None:
    root, rows = corpus
    start = load_checkpoint(learned)
    seen: list[tuple[int, int]] = []
    cpu = torch.device("cpu")
    here = alignment.align_rows(rows, start, root, "fp32", cpu, 0, lambda *one: seen.append(one))
    assert seen[-1] == (len(rows), len(rows))
    frame_s = start.network.config.frame_s
    for row in rows:
        if (found := here[row.id]) is None or found.score < -0.5:
            continue
        position = 1  # letters take 0.1 s each, and the first is a space
        for word, (first, end) in zip(row.text.split(), found.frames, strict=True):
            middle = (first + end) / 2 * frame_s
            assert 0.1 * position - 0.05 < middle < 0.1 * (position + len(word)) + 0.05
            position += len(word) + 1


def test_several_processes_align_as_one_does(corpus: Corpus, learned: Path) -> None:
    root, rows = corpus
    start, cpu = load_checkpoint(learned), torch.device("cpu")
    one, two = (
        alignment.align_rows(rows, start, root, "fp32", cpu, workers, print) for workers in (0, 2)
    )
    assert one == two


def test_rows_that_the_stage_never_draws_are_not_aligned(
    corpus: Corpus, config: TrainingConfig, learned: Path, tmp_path: Path, aligned_rows
) -> None:
    root, rows = corpus
    uzbek = REARRANGED.model_copy(update={"language_weights": {Language.UZBEK: 1.0}, "steps": 1})
    train_stage(uzbek, config, rows, root, tmp_path, learned)
    wanted = [row for row in rows if row.split is Split.TRAIN and row.languages is Language.UZBEK]
    assert 0 < len(wanted) < len(rows)
    assert aligned_rows == [len(wanted)]
    russian = RearrangeConfig(share=1, of=Selection(languages=(Language.RUSSIAN,)))
    some = REARRANGED.model_copy(update={"rearrange": russian, "steps": 1})
    train_stage(some, config, rows, root, tmp_path, learned)
    others = [row for row in rows if row.split is Split.TRAIN and row.languages == "ru"]
    assert aligned_rows[1] == len(others) > 0


def test_a_start_that_has_not_learned_is_an_error(
    corpus: Corpus, config: TrainingConfig, tokenizer: CharTokenizer, tmp_path: Path
) -> None:
    root, rows = corpus
    with pytest.raises(RearrangementError, match=r"none of its 12 rows aligns .* best scores -"):
        train_stage(REARRANGED, config, rows, root, tmp_path, None, tokenizer=tokenizer)


def test_settings_that_cannot_work_are_refused(learned: Path) -> None:
    stages = (LEARN, REARRANGED)
    TrainingConfig(stages=stages)
    TrainingConfig(stages=stages, freeze=FreezeConfig(layers=1, copies=0))
    TrainingConfig(stages=(REARRANGED,), network=NetworkConfig(base_model=str(learned)))
    with pytest.raises(ValidationError, match=r"'rearranged'.*set freeze\.copies: 0"):
        TrainingConfig(stages=stages, freeze=FreezeConfig(layers=1))
    with pytest.raises(ValidationError, match=r"network\.head is attention"):
        TrainingConfig(stages=stages, network=NetworkConfig(head=HeadKind.ATTENTION))
    for base in ("scratch", "openai/whisper-base"):
        with pytest.raises(ValidationError, match=rf"'{base}' is new in the first stage"):
            TrainingConfig(stages=(REARRANGED,), network=NetworkConfig(base_model=base))
    for wrong in ({"share": 1.1}, {}, {"share": 0.5, "least_score": 0.1}):
        with pytest.raises(ValidationError):
            RearrangeConfig.model_validate(wrong)


def test_only_a_stage_that_rearranges_has_it_in_its_fingerprint(corpus: Corpus) -> None:
    rows = corpus[1]
    letters = CharTokenizer.from_alphabet("ab")

    def taken(stage: StageConfig, of: list[Utterance]) -> str:
        return stage_fingerprint(stage, TrainingConfig(), of, letters, None, SoundsConfig())

    plain = REARRANGED.model_copy(update={"rearrange": None})
    renamed = [row.model_copy(update={"speaker": "x"}) for row in rows]
    assert taken(plain, rows) != taken(REARRANGED, rows)
    assert taken(plain, rows) == taken(plain, renamed)
    assert taken(REARRANGED, rows) != taken(REARRANGED, renamed)
    other = REARRANGED.model_copy(update={"rearrange": RearrangeConfig(share=0.7)})
    assert taken(REARRANGED, rows) != taken(other, rows)


def test_processes_that_search_load_no_torch() -> None:
    code = "import sys, ovoz.training.rearrangement.placing; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
