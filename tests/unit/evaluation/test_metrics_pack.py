"""Scoring with the language pack: different spellings of one text are equal."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ovoz.evaluation.metrics import Pair, score
from ovoz.evaluation.metrics.report import score_files
from ovoz.text.pack import load_pack

PACK = load_pack("uz-ru")
PAGE = (Path(__file__).parents[3] / "docs" / "benchmark.md").read_text("utf-8")
APOSTROPHES = "'‘’ʻʼ`´"
SENTENCES = [
    "toʻgʻri yoʻldan oʻtib goʻzal togʻga bordim",
    "men bugun магазинga bordim",
    "я сегодня дома",
    "заказni kecha oldim",
    "maʼlumot va sanʼat haqida gapirdi",
]
sentences = st.sampled_from(SENTENCES)


def wer(reference, hypothesis):
    return score([Pair(reference, hypothesis)], PACK).figures()["wer"]


def test_the_worked_example_is_true_with_the_pack_too(tmp_path):
    paths = []
    for name, text in zip(
        ("r", "h"), re.findall(r"```tsv\n(.*?)```", PAGE, re.DOTALL), strict=True
    ):
        paths.append(tmp_path / f"{name}.tsv")
        paths[-1].write_text(text, "utf-8")
    ours, plain = score_files(*paths, pack=PACK), score_files(*paths)
    assert ours.pack == "uz-ru"
    assert {name: ours.figures[name] for name in plain.figures} == pytest.approx(plain.figures)


@pytest.mark.parametrize("sentence", SENTENCES)
@pytest.mark.parametrize("apostrophe", APOSTROPHES)
def test_apostrophes_cost_nothing(sentence, apostrophe):
    assert wer(sentence, re.sub("[ʻʼ]", apostrophe, sentence)) == 0.0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Men bugun keldim.", "men bugun keldim"),
        ("Я сегодня дома!", "я сегодня дома"),
        ("men 5 kitob oldim", "men besh kitob oldim"),
    ],
)
def test_conventions_cost_nothing(one, other):
    assert wer(one, other) == wer(other, one) == 0.0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Мен бугун бозорга бордим", "men bugun bozorga bordim"),
        ("тўғри йўлдан ўтдик", "toʻgʻri yoʻldan oʻtdik"),
        ("sen ham keldingmi", "sen ham kelding mi"),
    ],
)
def test_scripts_and_enclitics_cost_nothing(one, other):
    assert wer(one, other) == wer(other, one) == 0.0


def test_other_words_still_cost():
    assert wer("men bugun магазинga bordim", "men kecha магазинga bordim") == 1 / 4


@settings(max_examples=40)
@given(st.lists(st.tuples(sentences, sentences), min_size=1, max_size=4), st.randoms())
def test_figures_do_not_depend_on_spelling(texts, random):
    def respelled(text):
        return re.sub(
            "[ʻʼ]", lambda _: random.choice(APOSTROPHES), text
        ).capitalize() + random.choice(["", ".", "!", " "])

    plain = score([Pair(one, other) for one, other in texts], PACK).figures()
    written = score(
        [Pair(respelled(one), respelled(other)) for one, other in texts], PACK
    ).figures()
    assert {n: v for n, v in written.items() if not n.endswith(".raw")} == {
        n: v for n, v in plain.items() if not n.endswith(".raw")
    }
