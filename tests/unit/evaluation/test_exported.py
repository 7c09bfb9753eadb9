"""Every text that quantization changed is counted and named."""

from ovoz.evaluation.evaluate import Evaluation, SliceScores
from ovoz.evaluation.exported import compare_with_trained
from ovoz.evaluation.report import render_page
from ovoz.evaluation.rows import HypothesisRow
from ovoz.text.language import Language


def evaluation(texts: dict[str, str], wer: float, test_set: str = "test") -> Evaluation:
    rows = [
        HypothesisRow(
            system="served", test_set=test_set, id=name, audio="", reference="salom",
            hypothesis=text, language=Language.UZBEK, hypothesis_language=Language.UZBEK,
            dialect="unknown", condition="clean", speaker="a", duration_s=1.0, confidence=0.9,
            latency_ms=1.0,
        )
        for name, text in texts.items()
    ]  # fmt: skip
    scores = SliceScores(
        system="served", test_set=test_set, slice="all", utterances=len(rows), speakers=1,
        figures={"wer": wer}, intervals={}, confusion={},
    )  # fmt: skip
    return Evaluation(
        training_data="synthetic", rows=rows, slices=[scores], measures={"served": {"size_mb": 2.0}}
    )


def test_differences_are_listed_and_counted() -> None:
    trained = evaluation({"a": "salom", "b": "xayr", "c": "ha", "d": "yoq"}, 0.10)
    exported = evaluation({"a": "salom", "b": "hayr", "c": "ha", "d": "yoq", "new": "?"}, 0.12)
    found = compare_with_trained(exported, trained, "served")
    assert [(one.id, one.trained, one.exported) for one in found.differences] == [
        ("b", "xayr", "hayr")
    ]
    measured = found.measures["served"]
    assert measured["text_equal_share"] == 0.75
    assert round(measured["wer_over_trained"], 6) == 0.02
    assert measured["size_mb"] == 2.0
    page = render_page(found, None, "served")
    assert "hayr" in page
    assert "1 clips" not in page
    assert "Where the exported model departs" in page


def test_nothing_in_common_measures_nothing() -> None:
    other = evaluation({"a": "x"}, 0.1, "other")
    found = compare_with_trained(evaluation({"a": "x"}, 0.1), other, "served")
    assert found.differences == []
    assert "text_equal_share" not in found.measures["served"]
