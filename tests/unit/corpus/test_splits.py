"""Splits that fit a corpus: by speaker and sentence, of the shares asked for."""

import csv
import random
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from ovoz.cli.main import app
from ovoz.corpus.manifest import Split
from ovoz.corpus.splits import HELD_OUT, STRICT, SplitRow, Unseen, plan_splits

SHARES = {Split.TEST: 0.1, Split.DEV: 0.05}
CROWD = Path(__file__).parents[4] / "shared" / "data" / "uz_crowd" / "metadata.csv"
BY_SPEAKER = dict.fromkeys(HELD_OUT, frozenset({Unseen.SPEAKER}))
BY_SENTENCE = dict.fromkeys(HELD_OUT, frozenset({Unseen.SENTENCE}))


def corpus(speakers: int, seed: int) -> list[SplitRow]:
    """Each sentence once; speakers of very different diligence."""
    draw = random.Random(seed)
    return [
        SplitRow(f"{seed}-{who}", f"{who} {number}")
        for who in range(speakers)
        for number in range(draw.randint(1, 60))
    ]


@pytest.mark.parametrize("speakers", [3, 5, 10, 20])
def test_no_split_is_empty_and_no_row_lost(speakers: int) -> None:
    for seed in range(60):
        counts = Counter(plan_splits(corpus(speakers, seed), SHARES))
        assert set(counts) == {Split.TRAIN, Split.DEV, Split.TEST}, (speakers, seed)


def test_shares_are_met_where_speakers_allow() -> None:
    rows = corpus(200, 1)
    counts = Counter(plan_splits(rows, SHARES))
    assert counts[Split.TEST] / len(rows) == pytest.approx(0.1, abs=0.005)
    assert counts[Split.DEV] / len(rows) == pytest.approx(0.05, abs=0.005)


@given(
    st.lists(
        st.builds(
            SplitRow,
            st.sampled_from("abcdefgh"),
            st.sampled_from("123456789"),
            st.sampled_from([None, None, None, Split.TRAIN, Split.DEV, Split.TEST]),
        ),
        max_size=60,
    ),
    st.sampled_from([STRICT, BY_SPEAKER, BY_SENTENCE]),
)
def test_no_planned_row_leaks_and_given_splits_stay(rows, unseen) -> None:
    plan = plan_splits(rows, SHARES, unseen)
    assert plan == plan_splits(rows, SHARES, unseen)
    held = [(row, split) for row, split in zip(rows, plan, strict=True) if split in HELD_OUT]
    for row, split in zip(rows, plan, strict=True):
        if row.split is not None:
            assert split is row.split
        elif split is Split.TRAIN:
            for other, of in held:
                assert Unseen.SPEAKER not in unseen[of] or other.speaker != row.speaker
                assert Unseen.SENTENCE not in unseen[of] or other.sentence != row.sentence


@pytest.mark.parametrize("rows", [corpus(1, 1), corpus(2, 1), []])
def test_where_no_split_is_possible_all_is_training(rows) -> None:
    assert set(plan_splits(rows, SHARES)) <= {Split.TRAIN}


def test_shared_prompts_cost_the_fewest_rows() -> None:
    draw = random.Random(5)
    rows = [SplitRow(f"s{draw.randrange(100)}", f"t{draw.randrange(150)}") for _ in range(3000)]
    strict = Counter(plan_splits(rows, SHARES))
    assert strict[Split.TEST] >= 250
    assert strict[None] < 1700
    lenient = plan_splits(rows, SHARES, {**STRICT, Split.DEV: frozenset({Unseen.SPEAKER})})
    assert Counter(lenient)[None] < strict[None]
    assert None not in plan_splits(rows, SHARES, BY_SPEAKER)


def table(tmp_path: Path, rows: list[tuple[str, str, str, str]]) -> Path:
    path = tmp_path / "metadata.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([("audio", "text", "speaker", "split"), *rows])
    return path


def run(*arguments: object):
    return CliRunner().invoke(app, ["split", *map(str, arguments)])


def test_command_writes_a_table_that_keeps_its_splits(tmp_path: Path) -> None:
    rows = [(f"{n}.ogg", f"gap {n}", f"s{n % 12}", "") for n in range(120)]
    path, out = table(tmp_path, rows), tmp_path / "out.csv"
    assert run(path, "--out", out).exit_code == 0
    first = {row["audio"]: row["split"] for row in csv.DictReader(out.open(encoding="utf-8"))}
    assert set(first.values()) == {"train", "dev", "test"}
    # More recordings, of new speakers too: what was split stays where it is.
    more = [(f"n{n}.ogg", f"yangi {n}", f"n{n % 9}", "") for n in range(90)]
    old = [(audio, text, who, first[audio]) for audio, text, who, _ in rows]
    assert run(table(tmp_path, [*more, *old]), "--out", out).exit_code == 0
    second = {row["audio"]: row["split"] for row in csv.DictReader(out.open(encoding="utf-8"))}
    assert first.items() <= second.items()


def test_one_voice_is_split_by_its_sentences(tmp_path: Path) -> None:
    path = table(tmp_path, [(f"{n}.ogg", f"gap {n}", "anna", "") for n in range(40)])
    refused = run(path)
    assert refused.exit_code == 2
    assert "1 speaker cannot fill train, dev and test" in refused.stderr
    assert "--unseen sentence" in refused.stderr
    assert run(path, "--unseen", "sentence").exit_code == 0
    three = table(tmp_path, [(f"{n}.ogg", f"gap {n}", "", "") for n in range(2)])
    assert "2 speakers cannot fill" in run(three).stderr


def test_real_prompts_are_refused_by_one_rule_and_taken_by_another() -> None:
    if not CROWD.is_file():
        pytest.skip("shared/data/uz_crowd is not here")
    shown = run(CROWD).stdout
    assert "5559 rows, 327 speakers, 972 sentences" in shown
    assert "3796" in shown
    assert [
        line.split("│")[-2].strip() for line in shown.splitlines() if "dev-speaker" in line
    ] == ["0"]
