"""Placeholders in a profile: what is filled, left out, and refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovoz.placeholders import fill_placeholders, read_assignments

TREE = {
    "sources": [
        {"path": "${CORPUS}", "table": "metadata.csv"},
        {"path": "${RUSSIAN?}/clips", "share": 0.5},
    ],
    "text": "${TEXT?}",
    "deep": {"noise": {"folder": "${NOISE?}", "share": 1}},
}


def test_what_is_not_given_is_left_out_with_the_item_around_it() -> None:
    assert fill_placeholders(TREE, {"CORPUS": "calls"}) == {
        "sources": [{"path": "calls", "table": "metadata.csv"}],
        "deep": {"noise": {"share": 1}},
    }


def test_given_values_are_filled_in() -> None:
    filled = fill_placeholders(TREE, {"CORPUS": "a", "RUSSIAN": "b", "TEXT": "c", "NOISE": "d"})
    assert filled["sources"][1] == {"path": "b/clips", "share": 0.5}
    assert (filled["text"], filled["deep"]["noise"]["folder"]) == ("c", "d")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "CORPUS is not given: make run PROFILE=… CORPUS=…"),
        (
            {"CORPUS": "a", "RUSIAN": "b"},
            "RUSIAN: not asked for; this profile asks for CORPUS, NOISE",
        ),
    ],
)
def test_a_missing_or_misspelt_name_is_refused(given, message) -> None:
    with pytest.raises(ValueError, match=message):
        fill_placeholders(TREE, given)


def test_a_path_of_the_shell_becomes_absolute_and_a_name_stays(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "calls = new").mkdir()
    assert read_assignments(["CORPUS=calls = new", "BASE=openai/whisper-base"]) == {
        "CORPUS": str(tmp_path / "calls = new"),
        "BASE": "openai/whisper-base",
    }
    with pytest.raises(ValueError, match="--set CORPUS: write NAME=VALUE"):
        read_assignments(["CORPUS"])


_SCALARS = st.none() | st.booleans() | st.integers() | st.text(alphabet="ab${}?_ ")
_TREES = st.recursive(
    _SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text("abc"), inner), max_leaves=12
)


@given(_TREES)
def test_a_tree_without_placeholders_stays_as_it_is(tree) -> None:
    assert fill_placeholders(tree, {}) == tree
