"""Running engines over test sets; the engine is scripted, the audio and the scores are real."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from ovoz.audio.containers import AudioError
from ovoz.audio.encode import write_flac
from ovoz.audio.signal import Samples
from ovoz.corpus.manifest import Dialect
from ovoz.engine.transcript import Transcript
from ovoz.evaluation.conditions import Distortion
from ovoz.evaluation.evaluate import Evaluation, evaluate
from ovoz.evaluation.testsets import TestSet
from ovoz.text.language import utterance_language
from ovoz.text.pack import load_pack

from ...utterances import make_utterance

TEXTS = ["kartani bering", "где мой заказ", "заказni oldim"]


class Scripted:
    """Writes what it was told, by the length of the clip."""

    model_version = "scripted"

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = texts

    def transcribe(self, batch: Sequence[Samples]) -> list[Transcript]:
        """One transcript a clip."""
        answers = [self.texts[len(samples) // 16_000 - 1] for samples in batch]
        return [
            Transcript(text, (), utterance_language(text.split()), 1.0, (), 0.5, "scripted")
            for text in answers
        ]


@pytest.fixture
def test_set(tmp_path: Path) -> TestSet:
    rows = []
    for number, text in enumerate(TEXTS):
        write_flac(tmp_path / f"{number}.flac", np.zeros(16_000 * (number + 1), np.float32))
        rows.append(
            make_utterance(
                str(number),
                text,
                duration_s=number + 1.0,
                dialect=Dialect.TASHKENT if number else Dialect.UNKNOWN,
                speaker=f"s{number}",
            )
        )
    return TestSet("test", rows, tmp_path)


def measured(test_set: TestSet, **systems: Sequence[str]) -> Evaluation:
    engines = {name: Scripted(texts) for name, texts in systems.items()}
    return evaluate(engines, [test_set], pack=load_pack("uz-ru"), training_data="nothing")


def test_perfect_and_faulty_systems_side_by_side(test_set) -> None:
    faulty = ["kartani oling", *TEXTS[1:]]
    result = measured(test_set, right=TEXTS, wrong=faulty)
    assert result.find("right", "test").figures["wer"] == 0
    assert result.find("wrong", "test").figures["wer"] == pytest.approx(1 / 7)
    assert result.find("wrong", "test").figures["wer.uz"] == pytest.approx(1 / 2)
    assert result.find("wrong", "test", "language=ru").figures["wer"] == 0
    assert result.find("wrong", "test", "dialect=tashkent").utterances == 2
    assert result.find("right", "test", "dialect=khorezm") is None
    assert len(result.rows) == 6


def test_slices_by_what_the_recording_is_like(test_set) -> None:
    changes = [
        {"rms_dbfs": -40.0, "snr_db": 5.0},
        {"rms_dbfs": -30.0, "snr_db": 15.0},
        {"rms_dbfs": -20.0, "snr_db": 30.0},
    ]
    rows = [
        row.model_copy(update=one) for row, one in zip(test_set.utterances, changes, strict=True)
    ]
    recorded = TestSet("test", rows, test_set.root)
    wrong = measured(recorded, served=["", TEXTS[1], TEXTS[2]])
    for quiet in ("level=under -35 dBFS", "snr=under 10 dB"):
        assert wrong.find("served", "test", quiet).figures["wer"] == 1
    for loud in ("level=-35 to -25 dBFS", "snr=25 dB and more"):
        assert wrong.find("served", "test", loud).figures["wer"] == 0
    assert wrong.find("served", "test", f"source={rows[0].source}").utterances == 3
    noisy = TestSet("test-conditions", rows, test_set.root, (Distortion.NOISY_10,))
    found = measured(noisy, served=TEXTS)
    assert found.find("served", "test-conditions", "snr=unknown").utterances == 3


def test_it_survives_being_written_and_read(test_set) -> None:
    result = measured(test_set, right=TEXTS)
    assert Evaluation.model_validate_json(result.model_dump_json()) == result


def test_time_is_measured(test_set) -> None:
    result = measured(test_set, right=TEXTS)
    assert 0 < result.real_time_factor("right") < 1
    assert np.isnan(result.real_time_factor("other"))


def test_empty_set_and_missing_clip_are_errors(test_set, tmp_path) -> None:
    with pytest.raises(ValueError, match="holds no utterance"):
        measured(TestSet("empty", [], tmp_path), right=TEXTS)
    (tmp_path / "1.flac").write_bytes(b"broken")
    with pytest.raises(AudioError):
        measured(test_set, right=TEXTS)
