"""The synthetic corpus as a whole: splits, vocabulary, determinism, audio."""

import gc
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import espeakng_loader
import numpy as np
import pytest
from pydantic import ValidationError

from ovoz.audio.decode import decode
from ovoz.corpus.manifest import Dialect, Split, read_manifest
from ovoz.corpus.synthetic.config import SyntheticConfig
from ovoz.corpus.synthetic.generate import generate
from ovoz.corpus.synthetic.plan import plan
from ovoz.corpus.synthetic.speech import Speaker, SpeechError
from ovoz.corpus.synthetic.voices import Voice, cast
from ovoz.text.language import Language, utterance_language, word_language
from ovoz.text.pack import load_pack

SMALL = SyntheticConfig(
    train=24, dev=3, test=6, open=3, train_voices=4, dev_voices=1, test_voices=2
)


@pytest.fixture(scope="module")
def planned():
    return plan(SyntheticConfig(), load_pack("uz-ru"))


def words_of(planned, split):
    return {word for one in planned if one.split is split for word in one.text.split()}


def test_at_least_600_forms_of_each_language_in_training(planned) -> None:
    languages = Counter(word_language(word) for word in words_of(planned, Split.TRAIN))
    assert languages[Language.UZBEK] >= 600
    assert languages[Language.RUSSIAN] >= 600
    assert languages[Language.MIXED] >= 80


def test_no_sentence_twice(planned) -> None:
    texts = [one.text for one in planned]
    assert len(set(texts)) == len(texts)


def test_voices_of_the_splits_differ(planned) -> None:
    speakers = {
        split: {one.voice.speaker for one in planned if one.split is split} for split in Split
    }
    assert not speakers[Split.TRAIN] & speakers[Split.TEST]
    assert not speakers[Split.TRAIN] & speakers[Split.DEV]
    assert not speakers[Split.DEV] & speakers[Split.TEST]
    assert speakers[Split.OPEN] <= speakers[Split.TEST]


def test_held_out_splits_are_closed_but_open_is_not(planned) -> None:
    known = words_of(planned, Split.TRAIN)
    assert words_of(planned, Split.TEST) <= known
    assert words_of(planned, Split.DEV) <= known
    unseen = [one for one in planned if one.split is Split.OPEN]
    assert all(set(one.text.split()) - known for one in unseen)


def test_transcripts_are_canonical_and_of_the_planned_language(planned) -> None:
    pack = load_pack("uz-ru")
    for one in planned:
        assert pack.canonical(one.transcript) == one.transcript == one.text.replace("ё", "е")
        assert utterance_language(one.transcript.split()) is one.language


def test_text_is_written_in_the_alphabet(planned) -> None:
    alphabet = set(load_pack("uz-ru").alphabet)
    assert all(set(one.text) <= alphabet for one in planned)


def test_languages_are_shared_as_asked() -> None:
    shares = {Language.UZBEK: 0.5, Language.RUSSIAN: 0.3, Language.MIXED: 0.2}
    for asked, expected in ((shares, shares), ({}, dict.fromkeys(shares, 1 / 3))):
        rows = plan(SyntheticConfig(train=300, shares=asked), load_pack("uz-ru"))
        train = Counter(one.language for one in rows if one.split is Split.TRAIN)
        for language, share in expected.items():
            assert train[language] / sum(train.values()) == pytest.approx(share, abs=0.01)


def test_another_seed_says_something_else() -> None:
    pack = load_pack("uz-ru")
    other = plan(SMALL.model_copy(update={"seed": 8}), pack)
    assert [one.text for one in plan(SMALL, pack)] != [one.text for one in other]


def test_same_configuration_same_bytes(tmp_path: Path) -> None:
    manifests = [generate(SMALL, tmp_path / name) for name in ("one", "two")]
    assert manifests[0].read_bytes() == manifests[1].read_bytes()
    for row in read_manifest(manifests[0]):
        assert (tmp_path / "one" / row.audio).read_bytes() == (
            tmp_path / "two" / row.audio
        ).read_bytes()


def test_generated_audio_is_speech_and_left_alone_when_complete(tmp_path: Path) -> None:
    seen: list[int] = []
    manifest = generate(SMALL, tmp_path / "corpus", lambda done, total: seen.append(done))
    assert seen[-1] == 36
    for row in read_manifest(manifest):
        samples = decode(tmp_path / "corpus" / row.audio)
        assert len(samples) / 16_000 == pytest.approx(row.duration_s)
        assert row.speech_ratio > 0.5
        assert row.clipped_ratio == 0
        assert 5 < len(row.text) / row.duration_s < 30
    before = manifest.stat().st_mtime_ns
    seen.clear()
    generate(SMALL, tmp_path / "corpus", lambda done, total: seen.append(done))
    assert seen == []
    assert manifest.stat().st_mtime_ns == before


def test_half_written_corpus_is_not_taken_for_whole(tmp_path: Path) -> None:
    leftover = tmp_path / ".corpus.99999.tmp"
    (leftover / "audio").mkdir(parents=True)
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "corpus.json").write_text("{")
    manifest = generate(SMALL, tmp_path / "corpus")
    assert len(read_manifest(manifest)) == 36
    assert not leftover.exists()


def test_mixed_word_is_spoken_whole() -> None:
    speaker, voice = Speaker(), Voice("m1", 50, 50, 150)
    stem, word = speaker.say("заказ", voice), speaker.say("заказlarimizdan", voice)
    assert len(word) > 1.3 * len(stem)
    assert np.isfinite(word).all()


def test_a_speaker_outlives_another_one_of_the_process() -> None:
    first, voice = Speaker(), Voice("m1", 50, 50, 150)
    second = Speaker()
    assert len(second.say("salom", voice)) > 0
    del second
    gc.collect()
    assert len(first.say("salom dunyo", voice)) > 0


def test_espeak_is_started_once() -> None:
    """A second start frees tables that it goes on reading: noise, or one process in ten dies.

    What such a read finds depends on addresses, so the start itself is looked at.
    """
    assert Speaker()._library is Speaker()._library


def test_unknown_voice_is_named() -> None:
    with pytest.raises(SpeechError, match="nobody"):
        Speaker().say("salom", Voice("nobody", 50, 50, 150))


def test_more_voices_than_there_are() -> None:
    with pytest.raises(ValueError, match="voices wanted"):
        cast(1, 1000)


def test_dialects_are_spoken_and_written(planned) -> None:
    config = SMALL.model_copy(
        update={"dialects": {Dialect.KHOREZM: 0.5}, "accents": {Dialect.KHOREZM: "tk"}}
    )
    rows = plan(config, load_pack("uz-ru"))
    uzbek = [one for one in rows if one.language is not Language.RUSSIAN]
    share = sum(one.dialect is Dialect.KHOREZM for one in uzbek) / len(uzbek)
    assert 0.3 < share < 0.7
    plains = plan(SMALL, load_pack("uz-ru"))
    assert any(plain.text != one.text for plain, one in zip(plains, rows, strict=True))
    for plain, one in zip(plains, rows, strict=True):
        assert one.voice.accent == ("tk" if one.dialect is Dialect.KHOREZM else "")
        assert plain.voice.speaker == one.voice.speaker
        if one.dialect is Dialect.UNKNOWN:
            assert one == plain
    assert Speaker().say("qizlar geldi", replace(rows[0].voice, accent="tk")).size > 8_000


@pytest.mark.parametrize("shares", [{"khorezm": 0.7, "tashkent": 0.4}, {"unknown": 0.1}])
def test_shares_of_dialects_that_make_no_sense_are_refused(shares) -> None:
    with pytest.raises(ValidationError):
        SyntheticConfig(dialects=shares)


def test_a_long_path_of_the_voices_is_not_cut_off(tmp_path: Path) -> None:
    """As in a checkout with a long name; in a process of its own, for the library starts once."""
    (folder := tmp_path / ("папка " * 10) / ("папка " * 10)).mkdir(parents=True)
    (data := folder / "espeak-ng-data").symlink_to(espeakng_loader.get_data_path())
    code = (
        "import sys, espeakng_loader as e; e.get_data_path = lambda: sys.argv[1];"
        "from ovoz.corpus.synthetic.speech import Speaker;"
        "from ovoz.corpus.synthetic.voices import Voice;"
        "print(len(Speaker().say('salom', Voice('m1', 50, 50, 150))))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(data)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 1000
