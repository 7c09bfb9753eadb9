"""Decoder weights fitted to dev, over the tiny network's own log-probabilities."""

from pathlib import Path

import numpy as np
import pytest

from ovoz.corpus.dataset import Dataset
from ovoz.corpus.manifest import MANIFEST_FILE, Split, write_manifest
from ovoz.decoding.config import DecoderConfig, DecoderKind
from ovoz.decoding.language_models import build_language_models, with_language_models
from ovoz.evaluation.decoder_tuning import DecoderTuningConfig, choose_for_tuning, tune_decoder

from ...utterances import make_utterance

SYMBOLS = tuple(" abdeiklmnorst")
TEXTS = ["salom", "katta bank", "bank", "salom bank"]
LEXICON = ("salom", "katta", "bank", "ban", "alo")


def emit(text: str, rng: np.random.Generator) -> np.ndarray:
    """Log-probabilities [T, C] in which the letters of a text win by little."""
    frames = []
    for letter in text:
        for winner in (1 + SYMBOLS.index(letter), 0):
            frame = rng.normal(0, 0.6, 1 + len(SYMBOLS))
            frame[winner] += 4
            frames.append(frame)
    logits = np.array(frames)
    return (logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))).astype(np.float32)


@pytest.fixture
def utterances() -> list[tuple[str, np.ndarray]]:
    rng = np.random.default_rng(4)
    return [(text, emit(text, rng)) for text in TEXTS * 3]


@pytest.fixture
def decoder(tmp_path) -> DecoderConfig:
    models = build_language_models(TEXTS, tmp_path / "models").directory
    # So many words for so little sound: the tuning has something to mend.
    bad = DecoderConfig(kind=DecoderKind.LEXICON, word_score=30.0, language_model_weight=0.0)
    return with_language_models(bad, models)


def test_bad_weights_are_mended(decoder, utterances) -> None:
    tried: list[tuple[int, int]] = []
    tuned = tune_decoder(
        decoder, DecoderTuningConfig(), utterances, SYMBOLS, LEXICON, lambda *at: tried.append(at)
    )
    assert tuned.before.wer > 0.5
    assert tuned.after.wer < 0.1
    assert tuned.decoder.word_score < 30
    assert tuned.decoder.kind is DecoderKind.LEXICON
    assert tuned.decoder.lexicon_margin == decoder.lexicon_margin  # not read by this decoder
    assert tried[0] == (1, 17)
    assert len(tried) <= 17
    assert "on dev WER" in str(tuned)


def test_nothing_better_leaves_the_decoder_as_it_is(decoder, utterances) -> None:
    good = tune_decoder(decoder, DecoderTuningConfig(), utterances, SYMBOLS, LEXICON, print).decoder
    again = tune_decoder(good, DecoderTuningConfig(), utterances, SYMBOLS, LEXICON, print)
    assert again.decoder == good
    assert again.before == again.after


def test_each_decoder_has_its_own_weights() -> None:
    def weights(kind: DecoderKind) -> set[str]:
        return {name for name, _ in DecoderTuningConfig().candidates(DecoderConfig(kind=kind))}

    assert weights(DecoderKind.GREEDY) == set()
    assert weights(DecoderKind.OPEN) == {"language_model_weight", "word_score", "spell_below"}
    assert weights(DecoderKind.CHARACTERS) == {"character_weight"}
    assert "lexicon_margin" in weights(DecoderKind.COMBINED)


def in_folder(folder: Path, train: list[str], dev: list[str]) -> Dataset:
    splits = [(Split.TRAIN, train), (Split.DEV, dev)]
    rows = [
        make_utterance(f"{split.value}-{number}", text, split=split)
        for split, texts in splits
        for number, text in enumerate(texts)
    ]
    write_manifest(rows, folder / MANIFEST_FILE)
    return Dataset.in_folder(folder)


def test_only_sentences_that_training_does_not_have_are_tuned_on(tmp_path) -> None:
    dataset = in_folder(tmp_path, ["salom", "bank"], ["salom", "katta bank", "salom bank"])
    chosen = choose_for_tuning(dataset, DecoderTuningConfig())
    assert [row.text for row in chosen] == ["katta bank", "salom bank"]


def test_nothing_is_tuned_where_training_has_most_of_the_sentences(tmp_path) -> None:
    dataset = in_folder(tmp_path, ["salom", "bank"], ["salom", "bank", "katta bank"])
    assert choose_for_tuning(dataset, DecoderTuningConfig()) == []
