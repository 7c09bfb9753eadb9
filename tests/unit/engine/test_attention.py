"""The attention head as it is served: CTranslate2 gives the results of torch."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from ovoz.decoding.config import DecoderConfig, DecoderKind
from ovoz.engine.artifact.description import EngineKind
from ovoz.engine.artifact.storage import ArtifactError, read_description
from ovoz.engine.checkpoint_engine import load_trained_engine
from ovoz.engine.corpus_labelling import choose_second_decoder
from ovoz.engine.export.exporter import export
from ovoz.engine.load import load_engine
from ovoz.engine.precision import Precision
from ovoz.engine.readers.attention import AttentionReader, spoken_words, token_edges
from ovoz.engine.readers.ctc import CtcReader
from ovoz.model.checkpoint import load_checkpoint, save_checkpoint
from ovoz.model.config import AttentionConfig, BottleneckConfig, HeadKind, NetworkConfig
from ovoz.model.features import LogMel
from ovoz.model.initialization import initialize_network
from ovoz.model.text_tokens import TextTokens
from ovoz.model.tokenizer import CharTokenizer
from ovoz.text.language import Language, word_language

from ...conftest import ALPHABET, IDENTITY, LEXICON

ATTENTION = DecoderConfig(kind=DecoderKind.ATTENTION)
BEST_PATH = DecoderConfig.best_path(ctc=False)


def made(folder: Path, head: HeadKind) -> Path:
    torch.manual_seed(5)
    shape = NetworkConfig(
        d_model=32, layers=1, heads=2, max_positions=200, head=head,
        attention=AttentionConfig(layers=2, max_tokens=30),
    )  # fmt: skip
    start = initialize_network(shape, CharTokenizer.from_alphabet(ALPHABET))
    with torch.no_grad():
        for weight in start.network.attention.parameters():
            weight.mul_(4)  # untrained weights are flat: nothing would be decided
    return save_checkpoint(start, folder / head)


@pytest.fixture(scope="module", params=[HeadKind.ATTENTION, HeadKind.HYBRID])
def head(request) -> HeadKind:
    return request.param


@pytest.fixture(scope="module")
def checkpoint(head, tmp_path_factory) -> Path:
    return made(tmp_path_factory.mktemp("trained"), head)


@pytest.fixture(scope="module")
def artifact(checkpoint, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("exported") / "artifact"
    return export(checkpoint, LEXICON, out, IDENTITY, decoder=ATTENTION)


def test_fp32_writes_what_torch_writes(checkpoint, artifact, clips):
    loaded = load_checkpoint(checkpoint)
    log_mel = LogMel(loaded.network.config.features)
    engine = load_engine(artifact, decoder=BEST_PATH, precision=Precision.FP32)
    written = 0
    for clip in clips:
        features = torch.from_numpy(log_mel(clip))[None]
        hidden, lengths = loaded.network.encode(features, torch.tensor([features.shape[-1]]))
        (ids,) = loaded.network.attention.generate(hidden, lengths, loaded.tokens)
        (heard,) = engine.transcribe([clip])
        assert heard.text == " ".join(loaded.tokens.decode(ids).split())
        written += len(heard.text)
    assert written > 20


def test_words_lie_in_the_audio_in_order(artifact, clips):
    engine = load_engine(artifact)
    assert isinstance(engine.reader, AttentionReader)
    for clip, transcript in zip(clips, engine.transcribe(clips), strict=True):
        edges = [edge for word in transcript.words for edge in (word.start_s, word.end_s)]
        assert all(0 <= edge <= len(clip) / 16_000 for edge in edges)
        starts = [word.start_s for word in transcript.words]
        assert starts == sorted(starts)
        assert all(0 <= word.confidence <= 1 for word in transcript.words)
        assert transcript.model_version == engine.model_version


def test_neighbours_and_threads_change_nothing(artifact, clips):
    alone = [load_engine(artifact).transcribe([clip])[0] for clip in clips]
    assert load_engine(artifact, threads=3).transcribe(clips) == alone


def test_long_audio_is_read_in_windows(artifact, clips):
    long = np.concatenate(clips * 2)
    assert len(long) / 16_000 > read_description(artifact).window_s
    (transcript,) = load_engine(artifact).transcribe([long])
    assert transcript.words[-1].end_s <= len(long) / 16_000
    assert transcript.words[-1].start_s > read_description(artifact).window_s


def test_the_artifact_says_what_is_served(head, artifact):
    description = read_description(artifact)
    assert description.engine is EngineKind.CTRANSLATE2
    assert description.served_file == "attention.int8/model.bin"
    assert description.files[description.served_file][:8] in description.model_version
    assert description.has_attention
    assert description.has_ctc == (head is HeadKind.HYBRID)


def test_the_second_reading_is_that_of_the_other_head(head, artifact, clips):
    other = choose_second_decoder(artifact)
    expected = DecoderKind.GREEDY if head is HeadKind.HYBRID else DecoderKind.ATTENTION
    assert other.kind is expected
    engine = load_engine(artifact, decoder=other)
    assert isinstance(engine.reader, CtcReader) == (head is HeadKind.HYBRID)
    assert len(engine.transcribe(clips[:1])) == 1


def test_a_head_that_is_not_there_is_named(head, checkpoint, artifact, tmp_path):
    if head is HeadKind.HYBRID:
        assert isinstance(load_engine(artifact, decoder=DecoderConfig()).reader, CtcReader)
        return
    with pytest.raises(ArtifactError, match=r"has no encoder\.int8\.onnx"):
        load_engine(artifact, decoder=DecoderConfig())
    with pytest.raises(ValueError, match="no CTC head"):
        export(checkpoint, LEXICON, tmp_path / "a", IDENTITY, decoder=DecoderConfig())
    with pytest.raises(ValueError, match="no CTC head"):
        load_trained_engine(checkpoint, DecoderConfig())


def test_the_trained_engine_reads_like_the_exported_one(checkpoint, artifact, clips):
    trained = load_trained_engine(checkpoint, ATTENTION).transcribe(clips)
    exported = load_engine(artifact, precision=Precision.FP32).transcribe(clips)
    assert [one.text for one in trained] == [one.text for one in exported]


def test_damage_and_hot_words_are_refused(artifact, clips, tmp_path):
    engine = load_engine(artifact)
    with pytest.raises(ValueError, match="hot words"):
        engine.transcribe(clips[:1], hot_words=["bank"])
    with pytest.raises(ValueError, match="signal 1"):
        engine.transcribe([clips[0], np.full(16_000, np.nan, np.float32)])
    assert engine.transcribe([np.zeros(10, np.float32)])[0].text == ""
    damaged = shutil.copytree(artifact, tmp_path / "damaged")
    (damaged / "attention.int8/model.bin").write_bytes(b"nothing")
    with pytest.raises(ArtifactError, match=r"model\.bin"):
        load_engine(damaged)


def test_bottlenecks_have_no_place_in_whispers_layout(tmp_path):
    checkpoint = load_checkpoint(made(tmp_path, HeadKind.HYBRID))
    checkpoint.network.add_adapter(BottleneckConfig(dim=2))
    save_checkpoint(checkpoint, tmp_path / "adapted")
    with pytest.raises(ValueError, match="bottleneck"):
        export(tmp_path / "adapted", LEXICON, tmp_path / "a", IDENTITY, decoder=ATTENTION)
    assert not (tmp_path / "a").exists()


def test_words_end_at_spaces():
    tokens = TextTokens.from_characters(["a", "b", " "])
    ids = tokens.encode(" ab  b")
    words = spoken_words(tokens, ids, [0, 1, 3, 4, 5, 6, 9], [1, 0.25, 1, 1, 1, 0.5])
    assert [(word.text, word.start_frame, word.end_frame) for word in words] == [
        ("ab", 1, 4),
        ("b", 6, 9),
    ]
    assert [word.confidence for word in words] == pytest.approx([0.5, 0.5])


@pytest.mark.parametrize("avoid", [Language.RUSSIAN, Language.UZBEK])
def test_a_language_that_is_not_spoken_is_not_written(artifact, clips, avoid):
    engine = load_engine(artifact)
    assert any(w.language is not avoid for t in engine.transcribe(clips) for w in t.words)
    heard = [
        word.language
        for one in engine.transcribe(
            clips, allowed_letters=lambda letter: word_language(letter) is not avoid
        )
        for word in one.words
    ]
    assert heard
    assert avoid not in heard
    assert Language.MIXED not in heard


def test_a_token_that_the_path_skips_begins_where_the_next_one_does():
    assert token_edges([(0, 0), (0, 1), (2, 2), (2, 3), (3, 4)], 3, 6) == [0, 2, 2, 4]
    assert token_edges([], 2, 6) == [6, 6, 6]
