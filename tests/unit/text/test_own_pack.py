"""A pack of another language needs its YAML and its module, and no change to Ovoz."""

from pathlib import Path

import numpy as np
import pytest

from ovoz.corpus.folder import FolderConfig
from ovoz.corpus.manifest import read_manifest
from ovoz.corpus.sources import read_source
from ovoz.corpus.validation.faults import alphabet_faults, language_fault
from ovoz.decoding.hypothesis import DecodedWord
from ovoz.engine.transcript import build_transcript
from ovoz.evaluation.metrics import Pair, score
from ovoz.model.tokenizer import CharTokenizer
from ovoz.text.language import Language
from ovoz.text.pack import LanguagePack, PackError, load_pack

VI = str(Path(__file__).parent / "packs" / "vi.yaml")


@pytest.fixture
def pack() -> LanguagePack:
    return load_pack(VI)


def test_its_transcripts_are_read_and_become_classes(pack) -> None:
    text = pack.canonical("Tôi có 5 quyển sách.")
    assert text == "tôi có năm quyển sách"
    tokenizer = CharTokenizer.from_alphabet(pack.alphabet)
    assert tokenizer.decode(tokenizer.encode(text)) == text
    assert alphabet_faults([text], VI) == [""]
    assert language_fault(text, "vi", VI) == ""


def test_scores_are_sliced_by_its_language(pack) -> None:
    figures = score([Pair("Tôi có 5 quyển sách.", "tôi có năm sách")], pack).figures()
    assert figures["wer.vi"] == figures["wer"] == pytest.approx(1 / 5)
    assert figures["language_accuracy"] == 1.0
    assert not {"wer.uz", "wer.ru", "wer.mixed", "switch_f1"} & figures.keys()


def test_a_transcript_carries_its_language(pack) -> None:
    words = [DecodedWord("xin", 0, 5, 0.9, 1.0), DecodedWord("chào", 6, 9, 0.9, 1.0)]
    transcript = build_transcript(
        words, frame_s=0.04, duration_s=1.0, model_version="m", label=pack.transcript_languages
    )
    assert transcript.language is Language.VIETNAMESE
    assert transcript.switches == ()


def test_recordings_are_ingested(tmp_path) -> None:
    import soundfile

    source = tmp_path / "source"
    source.mkdir()
    noise = np.random.default_rng(0).normal(0, 0.1, 16_000)
    soundfile.write(source / "a.wav", noise, 16_000)
    (source / "metadata.csv").write_text("audio,text\na.wav,Xin chào!\n", "utf-8")
    config = FolderConfig(path=source, pack=VI, licence="CC0-1.0", consent="written")
    (row,) = read_manifest(read_source(config, tmp_path / "corpus"))
    assert (row.text, row.languages) == ("xin chào", Language.VIETNAMESE)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("module: tests", "module: no_such"), "No module named"),
        (("languages: [vi]", "languages: []"), "languages"),
        (("languages: [vi]", "languages: [xx]"), "languages"),
        (("name: vi", "name: [vi"), "cannot be used"),
    ],
)
def test_a_pack_that_cannot_be_used_says_why(tmp_path, change, reason) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(Path(VI).read_text("utf-8").replace(*change), "utf-8")
    with pytest.raises(PackError, match=reason):
        load_pack(str(path))
    with pytest.raises(PackError, match="no language pack 'zz'"):
        load_pack("zz")
