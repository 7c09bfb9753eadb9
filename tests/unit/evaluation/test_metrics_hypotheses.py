"""Hypotheses are read as written where the system keeps the convention, else in any script."""

import random

import jiwer
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ovoz.evaluation.evaluate import score_slices
from ovoz.evaluation.metrics import Pair, score
from ovoz.evaluation.metrics.report import ScoreOptions, score_files
from ovoz.evaluation.rows import HypothesisRow
from ovoz.text.language import utterance_language
from ovoz.text.pack import load_pack

PACK = load_pack("uz-ru")
REFERENCES = [
    "men bugun магазинga bordim",
    "toʻgʻri yoʻldan oʻtib goʻzal togʻga bordik",
    "заказni kecha oldim va kartani yubordim",
    "maʼlumot va sanʼat haqida uzoq gapirdi",
    "я сегодня дома и жду доставку",
    "sen ham kitobni oʻqib chiqdingmi",
] * 5


def misspell(text, draw):
    """Letters of a network that is not sure: every eighth is another one, as alphabets go."""
    latin, cyrillic = "abdehiklmnqrstuxyz", "абвгдежзиклмнопрстуы"
    return "".join(
        draw.choice(latin if letter in latin else cyrillic)
        if draw.random() < 0.12 and letter in latin + cyrillic
        else letter
        for letter in text
    )


def evaluated(references, hypotheses):
    rows = [
        HypothesisRow(
            system="greedy",
            test_set="test",
            id=str(number),
            audio="",
            reference=reference,
            hypothesis=hypothesis,
            language=utterance_language(reference.split()),
            hypothesis_language=utterance_language(hypothesis.split()),
            dialect="",
            condition="",
            speaker="",
            duration_s=1.0,
            confidence=1.0,
            latency_ms=1.0,
        )
        for number, (reference, hypothesis) in enumerate(zip(references, hypotheses, strict=True))
    ]
    return score_slices(rows, PACK)[0].figures


def scored(folder, references, hypotheses, **options):
    for name, texts in (("ref", references), ("hyp", hypotheses)):
        rows = "".join(f"{number}\t{text}\n" for number, text in enumerate(texts))
        (folder / f"{name}.tsv").write_text(f"id\ttext\n{rows}", "utf-8")
    files = folder / "ref.tsv", folder / "hyp.tsv"
    return score_files(*files, PACK, options=ScoreOptions(resamples=1, **options))


@settings(max_examples=20)
@given(st.integers(0, 10_000))
def test_misspelt_words_of_an_engine_keep_their_script(seed):
    draw = random.Random(seed)
    hypotheses = [misspell(text, draw) for text in REFERENCES]
    figures = evaluated(REFERENCES, hypotheses)
    assert figures["wer"] == pytest.approx(jiwer.wer(REFERENCES, hypotheses))
    assert figures["cer"] == pytest.approx(jiwer.cer(REFERENCES, hypotheses))


def test_a_file_of_transcripts_gets_the_figures_of_the_evaluation(tmp_path):
    draw = random.Random(0)
    hypotheses = [misspell(text, draw) for text in REFERENCES]
    report = scored(tmp_path, REFERENCES, hypotheses)
    assert report.as_written
    assert report.figures == evaluated(REFERENCES, hypotheses)
    assert scored(tmp_path, REFERENCES, hypotheses, as_written=False).as_written is False


@pytest.mark.parametrize(
    ("reference", "hypothesis"),
    [
        ("kitob kerak", "китоб керак"),
        ("kitob kerak", "Kitob kerak!"),
        ("men bugun дайте сдачу dedim", "men bugun dayte sdachu dedim"),
        ("toʻgʻri yoʻldan oʻtdik", "Тўғри йўлдан ўтдик."),
        ("я сегодня дома", "ya segodnya doma"),
        ("мен 5 та китоб олдим", "men beshta kitob oldim"),
    ],
)
def test_other_systems_write_as_people_do(tmp_path, reference, hypothesis):
    report = scored(tmp_path, [reference], [hypothesis])
    assert (report.as_written, report.figures["wer"]) == (False, 0.0)


def test_a_misspelt_word_of_another_system_costs_its_own_letters_only():
    draw = random.Random(1)
    hypotheses = [misspell(reference, draw) for reference in REFERENCES]
    pairs = [
        Pair(*texts) for texts in zip(REFERENCES, map(str.capitalize, hypotheses), strict=True)
    ]
    figures = score(pairs, PACK).figures()
    assert figures["wer"] <= jiwer.wer(REFERENCES, hypotheses)
    assert figures["cer"] <= jiwer.cer(REFERENCES, hypotheses)


def test_a_system_may_say_how_it_writes(tmp_path):
    texts = ["men bugun магазинga bordim"], ["men bugun magazinga bordim"]
    assert scored(tmp_path, *texts, as_written=True).figures["wer"] == 1 / 4
