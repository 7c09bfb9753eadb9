"""Errors by word: what is said often and written otherwise comes first."""

from ovoz.evaluation.confusions import WordErrors, count_word_errors
from ovoz.evaluation.rows import HypothesisRow, check_slice
from ovoz.text.language import Language


def row(reference: str, hypothesis: str) -> HypothesisRow:
    return HypothesisRow(
        system="served", test_set="test", id=reference, audio="", reference=reference,
        hypothesis=hypothesis, language=Language.UZBEK, hypothesis_language=Language.UZBEK,
        dialect="unknown", condition="clean", speaker="s", duration_s=1.0, confidence=1.0,
        latency_ms=1.0,
    )  # fmt: skip


def test_substituted_left_out_and_added_words() -> None:
    rows = [
        row("men bugun bordim", "men bugun keldim"),
        row("u bordim dedi", "u keldim dedi"),
        row("bordim", "bordi"),
        row("bordim", "bordim"),
        row("men keldim", "keldim"),
        row("ha", "ha ha"),
        row("", "uh"),
    ]
    assert count_word_errors(rows, 9) == [
        WordErrors("bordim", 4, 3, (("keldim", 2), ("bordi", 1))),
        WordErrors("", 2, 2, (("ha", 1), ("uh", 1))),
        WordErrors("men", 2, 1, (("", 1),)),
    ]
    assert [one.word for one in count_word_errors(rows, 1)] == ["bordim"]
    assert count_word_errors([row("ha", "ha")], 9) == []


def test_levels_and_noise_are_slices() -> None:
    for name in ("level=under -35 dBFS", "snr=10 to 25 dB", "snr=unknown", "source=folder"):
        assert check_slice(name) == name
