"""The same network through torch, ONNX fp32 and ONNX int8."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ovoz.decoding.config import DecoderConfig, DecoderKind
from ovoz.decoding.language_models import build_language_models, with_language_models
from ovoz.engine.artifact.description import ModelIdentity, Versions
from ovoz.engine.artifact.storage import read_description
from ovoz.engine.engine import Engine
from ovoz.engine.load import load_engine
from ovoz.engine.precision import Precision

from .parity import parity

GREEDY = DecoderConfig()
SEARCH = DecoderConfig(kind=DecoderKind.LEXICON)


@pytest.fixture(scope="module")
def trained(checkpoint: Path) -> Engine:
    from ovoz.engine.checkpoint_engine import load_trained_engine

    return load_trained_engine(checkpoint, GREEDY)


@pytest.fixture(scope="module")
def fp32(artifact: Path) -> Engine:
    return load_engine(artifact, decoder=GREEDY, precision=Precision.FP32)


@pytest.fixture(scope="module")
def int8(artifact: Path) -> Engine:
    return load_engine(artifact, decoder=GREEDY)


def test_fp32_says_what_torch_says(trained, fp32, clips):
    result = parity(trained, fp32, clips)
    assert result.text_equal_share == 1.0
    assert result.differences == ()
    assert result.max_abs_log_prob_difference < 1e-3


def test_int8_stays_near_the_trained_network(trained, int8, clips):
    seen = []
    result = parity(trained, int8, clips, lambda done, total: seen.append((done, total)))
    assert seen[-1] == (len(clips), len(clips))
    assert 0 < result.max_abs_log_prob_difference < 1.0
    assert len(result.differences) == round((1 - result.text_equal_share) * result.clips)


def test_parity_lists_what_differs(trained, fp32, artifact, clips):
    other = load_engine(artifact, decoder=SEARCH, precision=Precision.FP32)
    result = parity(trained, other, clips[:1])
    assert result.text_equal_share == 0.0
    assert result.differences[0].trained == trained.transcribe(clips[:1])[0].text
    with pytest.raises(ValueError, match="at least one clip"):
        parity(trained, fp32, [])


@pytest.mark.parametrize("name", ["trained", "fp32", "int8"])
def test_a_clip_reads_the_same_alone_and_in_a_batch(name, clips, request):
    engine = request.getfixturevalue(name)
    together = engine.reader.log_probs(clips)
    for clip, in_batch in zip(clips, together, strict=True):
        (alone,) = engine.reader.log_probs([clip])
        assert alone.shape == in_batch.shape
        np.testing.assert_allclose(np.exp(alone), np.exp(in_batch), atol=1e-4)
        if name == "int8":  # the range of its activations must not see the neighbours
            np.testing.assert_array_equal(alone, in_batch)
    texts = [engine.transcribe([clip])[0].text for clip in clips]
    assert [transcript.text for transcript in engine.transcribe(clips)] == texts


def test_log_probs_are_distributions_at_the_frame_rate(fp32, clips):
    for clip, log_probs in zip(clips, fp32.reader.log_probs(clips), strict=True):
        np.testing.assert_allclose(np.exp(log_probs).sum(axis=1), 1.0, atol=1e-4)
        assert len(log_probs) == pytest.approx(len(clip) / 16_000 / fp32.reader.frame_s, abs=1)


def test_the_served_decoder_outputs_lexicon_words_within_the_audio(artifact, clips):
    engine = load_engine(artifact)
    lexicon = set((artifact / "lexicon.txt").read_text().split())
    transcripts = engine.transcribe(clips)
    assert any(transcript.words for transcript in transcripts)
    for clip, transcript in zip(clips, transcripts, strict=True):
        assert {word.text for word in transcript.words} <= lexicon
        edges = [edge for word in transcript.words for edge in (word.start_s, word.end_s)]
        assert edges == sorted(edges)
        assert all(0 <= edge <= len(clip) / 16_000 for edge in edges)
        assert transcript.model_version == engine.model_version


def test_threads_change_no_result(artifact, clips):
    many = load_engine(artifact, threads=4)
    assert many.transcribe(clips * 8) == load_engine(artifact).transcribe(clips) * 8


def test_no_signals_no_transcripts(int8):
    assert int8.transcribe([]) == []


@pytest.mark.parametrize("samples", [0, 1, 1_599])
def test_audio_too_short_for_a_word_gives_an_empty_transcript(int8, clips, samples):
    short, normal = int8.transcribe([np.ones(samples, np.float32), clips[0]])
    assert (short.text, short.words, short.confidence) == ("", (), 0.0)
    assert normal == int8.transcribe([clips[0]])[0]


def test_digital_silence_is_read_without_fault(int8):
    (transcript,) = int8.transcribe([np.zeros(16_000, np.float32)])
    assert 0 <= transcript.confidence <= 1


@pytest.mark.parametrize(
    ("samples", "message"),
    [
        (np.array([0.0] * 5_000 + [np.nan], np.float32), "signal 1 .* NaN"),
        (np.array([np.inf] * 5_000, np.float32), "signal 1 .* infinite"),
        (np.zeros((2, 5_000), np.float32), r"signal 1 .*\[2, 5000\]"),
        (np.zeros(5_000, np.int16), "signal 1 .*int16"),
    ],
)
def test_audio_that_cannot_be_taken_is_named_by_its_place(int8, clips, samples, message):
    with pytest.raises(ValueError, match=message):
        int8.transcribe([clips[0], samples])


def test_long_audio_is_read_in_windows_with_times_of_the_whole(fp32, clips):
    pause = np.zeros(8_000, np.float32)
    long = np.concatenate([part for _ in range(12) for clip in clips for part in (clip, pause)])
    (log_probs,) = fp32.reader.log_probs([long])  # 139 s; the network itself ends at 8 s
    assert len(log_probs) == pytest.approx(len(long) / 16_000 / fp32.reader.frame_s, abs=1)
    (transcript,) = fp32.transcribe([long])
    assert transcript.words[-1].end_s == pytest.approx(len(long) / 16_000, abs=3)


def test_an_encoder_that_was_not_exported_is_refused(artifact, tmp_path):
    import shutil

    from ovoz.engine.artifact.storage import ArtifactError, record_evaluation

    def remove(directory: Path) -> None:
        (directory / Precision.FP32.file).unlink()

    smaller = tmp_path / "smaller"
    shutil.copytree(artifact, smaller)
    record_evaluation(smaller, smaller, metrics={}, gates=[], add=remove)
    assert load_engine(smaller).transcribe([]) == []
    with pytest.raises(ArtifactError, match=r"has no encoder\.onnx"):
        load_engine(smaller, precision=Precision.FP32)


def test_a_provider_that_is_not_here_is_refused(artifact):
    with pytest.raises(ValueError, match="NoSuchProvider"):
        load_engine(artifact, providers=["NoSuchProvider"])


def test_export_refuses_a_lexicon_it_cannot_spell(checkpoint, tmp_path):
    from ovoz.engine.export.exporter import export
    from tests.conftest import IDENTITY

    with pytest.raises(ValueError, match="cannot be spelled"):
        export(checkpoint, ["жук"], tmp_path / "out", IDENTITY, decoder=SEARCH)
    assert list(tmp_path.iterdir()) == []


def test_the_language_model_travels_inside_the_artifact(checkpoint, clips, tmp_path):
    from ovoz.engine.export.exporter import export
    from tests.conftest import IDENTITY, LEXICON

    words = "".join(f"-1.0\t{word}\t0\n" for word in LEXICON)
    arpa = tmp_path / "words.arpa"
    arpa.write_text(
        f"\\data\\\nngram 1={len(LEXICON) + 3}\nngram 2=1\n\n\\1-grams:\n-1.0\t<unk>\n-99\t<s>\t0\n"
        f"-1.0\t</s>\n{words}\n\\2-grams:\n-0.1\t<s> bank\n\n\\end\\\n"
    )
    decoder = SEARCH.model_copy(update={"language_model": arpa})
    out = export(checkpoint, LEXICON, tmp_path / "out", IDENTITY, decoder=decoder)
    arpa.unlink()
    moved = out.rename(tmp_path / "elsewhere")
    (transcript,) = load_engine(moved).transcribe(clips[:1])
    assert {word.text for word in transcript.words} <= set(LEXICON)


@pytest.mark.parametrize(
    ("provider", "package"),
    [("CUDAExecutionProvider", "onnxruntime-gpu"), ("TensorrtExecutionProvider", "tensorrt")],
)
def test_a_missing_provider_names_the_package_that_brings_it(artifact, provider, package):
    import onnxruntime

    if provider in onnxruntime.get_available_providers():
        pytest.skip(f"{provider} is here")
    with pytest.raises(ValueError, match=f"{provider}.*{package}"):
        load_engine(artifact, providers=[provider])


def test_an_artifact_serves_without_torch(artifact):
    program = (
        "import sys, pathlib, numpy;"
        "sys.modules.update(torch=None, transformers=None, onnx=None);"
        "from ovoz.engine.load import load_engine;"
        "engine = load_engine(pathlib.Path(sys.argv[1]));"
        "engine.transcribe([numpy.zeros(16000, numpy.float32)]);"
        "print(sys.modules['torch'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(artifact)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "None"  # an import of it would have failed


def test_hot_words_reach_the_decoder_of_one_request_only(artifact, clips):
    engine = load_engine(artifact)
    plain = engine.transcribe(clips)
    boosted = engine.transcribe(clips, hot_words=["bank"])
    assert engine.transcribe(clips) == plain
    assert sum("bank" in each.text for each in boosted) >= sum(
        "bank" in each.text for each in plain
    )
    with pytest.raises(ValueError, match="at most 100"):
        engine.transcribe(clips, hot_words=["bank"] * 101)


def test_a_greedy_decoder_says_that_it_has_no_use_for_hot_words(artifact, clips):
    engine = load_engine(artifact, decoder=DecoderConfig())
    with pytest.raises(ValueError, match="need the lexicon or combined decoder"):
        engine.transcribe(clips, hot_words=["bank"])


def test_language_models_travel_in_the_artifact(checkpoint, clips, tmp_path):
    from ovoz.engine.export.exporter import export

    models = build_language_models(["katta bozor", "bozor", "katta"], tmp_path / "models").directory
    decoder = with_language_models(DecoderConfig(kind=DecoderKind.COMBINED), models)
    identity = ModelIdentity(
        name="tiny",
        versions=Versions(code="c0ffee", data="d474", normalizer="1"),
        training_data="random weights",
    )
    exported = export(checkpoint, ["bank"], tmp_path / "artifact", identity, decoder=decoder)
    shutil.rmtree(models)
    description = read_description(exported)
    assert {"words.arpa", "characters.arpa"} <= description.files.keys()
    assert [str(path) for path in description.decoder.model_files()] == [
        "words.arpa",
        "characters.arpa",
    ]
    assert len(load_engine(exported).transcribe(clips)) == len(clips)
