"""Models that others trained become artifacts: random weights in the true layout of each kind."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import (
    Wav2Vec2Config,
    Wav2Vec2FeatureExtractor,
    Wav2Vec2ForCTC,
    WhisperConfig,
    WhisperForConditionalGeneration,
)

from ovoz.decoding.hot_words import HotWordsError
from ovoz.engine.artifact.storage import CARD_FILE, ArtifactError, read_description
from ovoz.engine.export.ctranslate2 import convert
from ovoz.engine.export.importing import ImportOptions, import_model
from ovoz.engine.imported import ImportedKind
from ovoz.engine.load import load_draft_engine, load_engine
from ovoz.engine.precision import Precision
from ovoz.engine.readers.foreign import share_frames
from ovoz.model.config import AttentionConfig, HeadKind, NetworkConfig
from ovoz.model.initialization import initialize_network
from ovoz.model.tokenizer import CharTokenizer
from ovoz.registry.version_tags import content_digest, summarize
from ovoz.text.pack import load_pack

from ...conftest import IDENTITY
from ...whisper_folder import whisper_tokenizer

LETTERS = "ABDEIKLMNORST'"


@pytest.fixture(scope="module")
def whisper(tmp_path_factory) -> Path:
    """A Whisper checkpoint as Hugging Face lays it out."""
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("hub") / "whisper"
    tokenizer = whisper_tokenizer(512)
    WhisperForConditionalGeneration(
        WhisperConfig(
            vocab_size=len(tokenizer), num_mel_bins=80, d_model=16, encoder_layers=1,
            decoder_layers=1, encoder_attention_heads=2, decoder_attention_heads=2,
            encoder_ffn_dim=32, decoder_ffn_dim=32, max_source_positions=1500,
            max_target_positions=448, pad_token_id=0, bos_token_id=1, eos_token_id=2,
            decoder_start_token_id=3,
        )
    ).save_pretrained(folder)  # fmt: skip
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def ctranslate2_folder(whisper: Path, tmp_path_factory) -> Path:
    """The same as CTranslate2 lays it out, its tokenizer beside it."""
    shape = NetworkConfig(
        base_model=str(whisper),
        head=HeadKind.ATTENTION,
        attention=AttentionConfig(prompt_language="uz"),
    )
    folder = tmp_path_factory.mktemp("converted") / "whisper-ct2"
    convert(initialize_network(shape, CharTokenizer.from_alphabet("a")), folder, Precision.FP32)
    (folder / "tokenizer.json").write_bytes((whisper / "tokenizer.json").read_bytes())
    return folder


@pytest.fixture(scope="module")
def wav2vec2(tmp_path_factory) -> Path:
    """A wav2vec2 CTC checkpoint with a vocabulary in capitals, as many are."""
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("hub") / "wav2vec2"
    tokens = ["<pad>", "<s>", "</s>", "<unk>", "|", *LETTERS]
    network = Wav2Vec2ForCTC(
        Wav2Vec2Config(
            vocab_size=len(tokens), hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
            intermediate_size=32, conv_dim=(8,) * 7, num_conv_pos_embeddings=4,
            num_conv_pos_embedding_groups=2, pad_token_id=0,
        )
    )  # fmt: skip
    with torch.no_grad():
        network.lm_head.weight.mul_(200)  # an untrained head is flat: nothing would be decided
    network.save_pretrained(folder)
    Wav2Vec2FeatureExtractor(do_normalize=True).save_pretrained(folder)
    (folder / "vocab.json").write_text(json.dumps({one: at for at, one in enumerate(tokens)}))
    return folder


def imported(folder: Path, tmp_path: Path, **options):
    out = tmp_path / "artifact"
    import_model(folder, out, IDENTITY, ImportOptions(**options))
    return out, read_description(out), load_engine(out)


@pytest.mark.parametrize("source", ["whisper", "ctranslate2_folder"])
def test_whisper_writes_canonical_text_and_says_what_it_cannot(
    request, source: str, clips, tmp_path: Path
) -> None:
    out, description, engine = imported(request.getfixturevalue(source), tmp_path)
    assert description.imported.kind is ImportedKind.WHISPER
    assert "word times" in description.cannot
    assert "cannot do: hot words" in (out / CARD_FILE).read_text("utf-8")
    transcripts = engine.transcribe(clips[:1])
    canonical = load_pack("uz-ru").canonical
    assert [canonical(one.text) for one in transcripts] == [one.text for one in transcripts]
    with pytest.raises(HotWordsError, match="was imported"):
        engine.transcribe(clips[:1], hot_words=("salom",))
    assert load_draft_engine(out, engine) is engine
    assert summarize(description).cannot == description.cannot
    other = description.model_copy(update={"imported": None})
    assert content_digest(description) != content_digest(other)


@pytest.mark.slow
def test_wav2vec2_is_read_as_transformers_reads_it(wav2vec2: Path, clips, tmp_path: Path) -> None:
    out, description, engine = imported(wav2vec2, tmp_path)
    assert (description.cannot, description.frame_s) == ((), 0.02)
    whole = load_engine(out, precision=Precision.FP32)
    network = Wav2Vec2ForCTC.from_pretrained(wav2vec2).eval()
    extract = Wav2Vec2FeatureExtractor.from_pretrained(wav2vec2)
    names = ["", "", "", "", " ", *(letter.lower().replace("'", "ʻ") for letter in LETTERS)]
    for clip in clips[:4:3]:
        values = extract(clip, sampling_rate=16_000, return_tensors="pt").input_values
        logits = network(values).logits[0]
        logits[:, 1:4] = -torch.inf  # no letters of ours
        path = torch.unique_consecutive(logits.argmax(-1)).tolist()
        written = "".join(names[number] for number in path)
        (transcript,) = whole.transcribe([clip])
        assert transcript.text == load_pack("uz-ru").canonical(written)
        assert transcript.words
        times = [(word.start_s, word.end_s) for word in transcript.words]
        assert times == sorted(times)
        assert times[-1][1] <= len(clip) / 16_000 + 0.02
    (hinted,) = whole.transcribe([clips[0]], allowed_letters=lambda letter: letter != "a")
    assert "a" not in hinted.text
    assert engine.transcribe(clips[:1])[0].model_version == description.model_version


def gigaam(folder: Path) -> Path:
    """GigaAM's CTC network as onnx-asr lays it out: features [B, 64, F] to log-probabilities."""
    onnx = pytest.importorskip("onnx")
    letters = [" ", *"абвгдежзийклмнопрстуфхцчшщъыьэюя"]
    folder.mkdir()
    lines = [f"{one.replace(' ', '▁')} {at}" for at, one in enumerate([*letters, "<blk>"])]
    (folder / "v3_vocab.txt").write_text("\n".join(lines) + "\n", "utf-8")
    (folder / "config.json").write_text('{"model_type": "gigaam-v3-ctc", "version": "v3"}')
    generator = np.random.default_rng(0)
    weights = generator.normal(0, 0.5, (34, 64, 4)).astype(np.float32)
    helper, floats = onnx.helper, onnx.TensorProto.FLOAT
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["features", "w"], ["conv"], strides=[4], pads=[0, 3]),
            helper.make_node("Transpose", ["conv"], ["rows"], perm=[0, 2, 1]),
            helper.make_node("LogSoftmax", ["rows"], ["log_probs"], axis=2),
        ],
        "ctc",
        [
            helper.make_tensor_value_info("features", floats, ["B", 64, "F"]),
            helper.make_tensor_value_info("feature_lengths", onnx.TensorProto.INT64, ["B"]),
        ],
        [helper.make_tensor_value_info("log_probs", floats, ["B", "T", 34])],
        [onnx.numpy_helper.from_array(weights, "w")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(model, folder / "v3_ctc.onnx")
    return folder


def test_gigaam_is_read_through_onnx_asr(clips, tmp_path: Path) -> None:
    onnx_asr = pytest.importorskip("onnx_asr", reason="the extra onnx-asr is not installed")
    folder = gigaam(tmp_path / "gigaam")
    _, description, engine = imported(folder, tmp_path, onnx_asr="gigaam-v3-ctc")
    assert description.imported.weights == "imported/v3_ctc.onnx"
    assert description.model_version.startswith("tiny-")
    (transcript,) = engine.transcribe([clips[0]])
    alone = onnx_asr.load_model("gigaam-v3-ctc", folder)
    assert transcript.text == load_pack("uz-ru").canonical(alone.recognize(clips[0]))
    assert transcript.words
    assert transcript.words[-1].end_s == pytest.approx(1.3, abs=0.021)
    with pytest.raises(ArtifactError, match="that onnx-asr can read"):
        import_model(folder, tmp_path / "b", IDENTITY, ImportOptions(onnx_asr="nemo-conformer-ctc"))
    assert not (tmp_path / "b").exists()


def test_what_is_no_model_is_named(whisper, ctranslate2_folder, wav2vec2, tmp_path: Path) -> None:
    def refused(folder: Path, why: str, **options) -> None:
        with pytest.raises(ValueError, match=why):
            import_model(folder, tmp_path / "out", IDENTITY, ImportOptions(**options))
        assert not (tmp_path / "out").exists()

    refused(tmp_path / "nowhere", "no such folder")
    refused(tmp_path, "name the model with --onnx-asr")
    refused(whisper, "no language 'qq'", language="qq")
    bare = tmp_path / "bare"
    bare.mkdir()
    (bare / "model.bin").write_bytes(b"")
    refused(bare, "has no tokenizer.json")
    (bare / "tokenizer.json").write_bytes((ctranslate2_folder / "tokenizer.json").read_bytes())
    refused(bare, "not a usable CTranslate2 model")


def test_words_share_frames_by_their_length() -> None:
    words = share_frames(["ab", "abcd"], 10, 22, confidence=1, script_confidence=1)
    assert [(word.start_frame, word.end_frame) for word in words] == [(10, 14), (14, 22)]
    assert share_frames([], 0, 5, confidence=1, script_confidence=1) == []
