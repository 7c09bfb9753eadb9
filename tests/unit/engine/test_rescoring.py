"""Both heads of a tiny hybrid network: the same choice on torch and on ONNX Runtime."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from ovoz.decoding.config import DecoderConfig, DecoderKind
from ovoz.decoding.rescoring import choose_best
from ovoz.engine.artifact.storage import ArtifactError, read_description
from ovoz.engine.checkpoint_engine import load_trained_engine
from ovoz.engine.engine import Engine
from ovoz.engine.export.exporter import export
from ovoz.engine.load import load_engine
from ovoz.engine.precision import Precision
from ovoz.engine.readers.ctc import CtcReader
from ovoz.engine.readers.rescoring import RescoringReader, padded
from ovoz.model.attention import PADDING
from ovoz.model.checkpoint import load_checkpoint, save_checkpoint
from ovoz.model.config import AttentionConfig, HeadKind, NetworkConfig
from ovoz.model.features import LogMel
from ovoz.model.initialization import initialize_network
from ovoz.model.tokenizer import CharTokenizer
from ovoz.text.language import Language, word_language

from ...conftest import ALPHABET, IDENTITY, LEXICON

SEARCH = DecoderConfig(kind=DecoderKind.LEXICON, beam_threshold=1000)  # keeps what is unlikely
WEIGHT = 4.0
BOTH = SEARCH.model_copy(update={"attention_weight": WEIGHT})


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory) -> Path:
    torch.manual_seed(5)
    shape = NetworkConfig(
        d_model=32, layers=1, heads=2, max_positions=200, head=HeadKind.HYBRID,
        attention=AttentionConfig(layers=2, max_tokens=60),
    )  # fmt: skip
    start = initialize_network(shape, CharTokenizer.from_alphabet(ALPHABET))
    with torch.no_grad():
        start.network.head.weight.mul_(12)  # untrained weights are flat: nothing would be decided
        for weight in start.network.attention.parameters():
            weight.mul_(4)
    return save_checkpoint(start, tmp_path_factory.mktemp("trained") / "hybrid")


@pytest.fixture(scope="module")
def artifact(checkpoint, clips, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("exported") / "artifact"
    return export(
        checkpoint, LEXICON, out, IDENTITY, decoder=BOTH, precisions=tuple(Precision),
        calibration=clips,
    )  # fmt: skip


@pytest.fixture(scope="module")
def trained(checkpoint) -> Engine:
    engine = load_trained_engine(checkpoint, BOTH, LEXICON)
    assert isinstance(engine.reader, RescoringReader)
    return engine


def test_texts_in_one_row_are_judged_as_each_alone(checkpoint, clips):
    loaded = load_checkpoint(checkpoint)
    head, tokens = loaded.network.attention, loaded.tokens
    features = torch.from_numpy(LogMel(loaded.network.config.features)(clips[0]))[None]
    with torch.inference_mode():
        hidden, lengths = loaded.network.encode(features, torch.tensor([features.shape[2]]))
        rows = [
            [*tokens.prompt, *tokens.encode(text), tokens.end]
            for text in ("salom bank", "да", "", "kredit nomerда")
        ]
        together = head.score(hidden, torch.from_numpy(padded(rows)), len(tokens.prompt))
        for row, score in zip(rows, together, strict=True):
            ids = torch.tensor([row])
            said = torch.log_softmax(head(hidden, lengths, ids), -1)[0, :-1]
            steps = range(len(tokens.prompt) - 1, len(row) - 1)
            expected = sum(float(said[step, row[step + 1]]) for step in steps)
            assert float(score) == pytest.approx(expected, abs=1e-3)
    assert padded([[1], [1, 2]]).tolist() == [[1, PADDING], [1, 2]]


@pytest.mark.parametrize(
    ("precision", "furthest"),
    [(Precision.FP32, 2e-3), (Precision.INT8_DYNAMIC, 8.0), (Precision.INT8_STATIC, 8.0)],
)
def test_onnx_judges_as_torch_does(trained, artifact, clips, precision, furthest):
    exported = load_engine(artifact, precision=precision)
    assert isinstance(exported.reader, RescoringReader)
    compared = 0
    for clip in clips:
        for before, after in zip(
            trained.reader.rescore(clip), exported.reader.rescore(clip), strict=True
        ):
            scores = {one.hypothesis.text: one.attention for one in before}
            for one in after:
                if one.hypothesis.text in scores:
                    assert abs(scores[one.hypothesis.text] - one.attention) < furthest
                    compared += 1
    assert compared >= len(clips)
    if precision is Precision.FP32:
        texts = [[one.text for one in engine.transcribe(clips)] for engine in (trained, exported)]
        assert texts[0] == texts[1]


def test_the_choice_moves_towards_what_attention_likes(trained, artifact, clips):
    plain = load_engine(artifact, decoder=SEARCH, precision=Precision.FP32)
    assert isinstance(plain.reader, CtcReader)
    changed = 0
    for clip in clips:
        (judged,) = trained.reader.rescore(clip)
        liked = {one.hypothesis.text: one.attention for one in judged}
        (alone,), (both,) = plain.transcribe([clip]), trained.transcribe([clip])
        assert liked[both.text] >= liked[alone.text] - 1e-3
        changed += both.text != alone.text
    assert changed > 0


def test_weight_nought_is_the_ctc_head(artifact, clips):
    plain = load_engine(artifact, decoder=SEARCH, precision=Precision.FP32)
    both = load_engine(artifact, precision=Precision.FP32)
    for clip in clips:
        (judged,) = both.reader.rescore(clip)
        chosen = choose_best(judged, 0.0)
        assert chosen.text == plain.transcribe([clip])[0].text


def test_word_times_are_those_of_the_ctc_path(artifact, clips):
    engine = load_engine(artifact)
    for clip, transcript in zip(clips, engine.transcribe(clips), strict=True):
        edges = [edge for word in transcript.words for edge in (word.start_s, word.end_s)]
        assert edges == sorted(edges)
        assert all(0 <= edge <= len(clip) / 16_000 for edge in edges)
        assert transcript.model_version == engine.model_version


def test_long_audio_threads_and_neighbours(artifact, clips):
    long = np.concatenate(clips * 2)
    assert len(long) / 16_000 > read_description(artifact).window_s
    alone = [load_engine(artifact).transcribe([one])[0] for one in (*clips, long)]
    assert load_engine(artifact, threads=3).transcribe([*clips, long]) == alone
    assert alone[-1].words[-1].start_s > read_description(artifact).window_s
    assert load_engine(artifact).transcribe([np.zeros(10, np.float32)])[0].text == ""


@pytest.mark.parametrize("avoid", [Language.RUSSIAN, Language.UZBEK])
def test_a_language_that_is_not_spoken_is_not_written(artifact, clips, avoid):
    heard = load_engine(artifact).transcribe(
        clips, allowed_letters=lambda letter: word_language(letter) is not avoid
    )
    words = [word.language for one in heard for word in one.words]
    assert words
    assert avoid not in words


def test_hot_words_are_preferred(artifact, clips):
    engine = load_engine(artifact)
    assert len(engine.transcribe(clips, hot_words=["bank"])) == len(clips)
    with pytest.raises(ValueError, match="at most 100"):
        engine.transcribe(clips, hot_words=["bank"] * 101)


def test_texts_longer_than_the_head_reads_are_left_to_the_search(trained, monkeypatch, clips):
    monkeypatch.setattr(trained.reader, "_max_tokens", 3)
    (judged,) = trained.reader.rescore(clips[0])
    assert {one.attention for one in judged if one.hypothesis.text} == {-np.inf}
    assert trained.transcribe(clips[:1])[0].text == judged[0].hypothesis.text


def test_a_network_with_one_head_is_refused(tmp_path, artifact):
    torch.manual_seed(5)
    shape = NetworkConfig(d_model=32, layers=1, heads=2, max_positions=200)
    single = save_checkpoint(
        initialize_network(shape, CharTokenizer.from_alphabet(ALPHABET)), tmp_path / "ctc"
    )
    for refused in (
        lambda: export(single, LEXICON, tmp_path / "a", IDENTITY, decoder=BOTH),
        lambda: load_trained_engine(single, BOTH, LEXICON),
    ):
        with pytest.raises(ValueError, match="attention_weight"):
            refused()
    plain = export(single, LEXICON, tmp_path / "plain", IDENTITY, decoder=SEARCH)
    with pytest.raises(ArtifactError, match=r"rescorer\.int8\.onnx"):
        load_engine(plain, decoder=BOTH)


def test_it_serves_without_torch(artifact):
    program = (
        "import sys, pathlib, numpy;"
        "sys.modules.update(torch=None, transformers=None, onnx=None, ctranslate2=None);"
        "from ovoz.engine.load import load_engine;"
        "engine = load_engine(pathlib.Path(sys.argv[1]));"
        "engine.transcribe([numpy.zeros(16000, numpy.float32)]);"
        "print(type(engine.reader).__name__)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(artifact)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "RescoringReader"
