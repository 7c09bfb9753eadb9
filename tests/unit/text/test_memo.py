"""Functions that remember their values."""

import pytest

from ovoz.text import memo


def test_a_word_is_measured_once_until_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memo, "MOST_WORDS", 2)
    asked: list[str] = []

    @memo.Memo
    def length(word: str) -> int:
        """Its letters."""
        asked.append(word)
        return len(word)

    assert [length(word) for word in ("bir", "bir", "ikki", "uch", "bir")] == [3, 3, 4, 3, 3]
    assert asked == ["bir", "ikki", "uch", "bir"]
    assert length.__doc__ == "Its letters."


def test_a_failure_is_not_remembered() -> None:
    @memo.Memo
    def fail(word: str) -> int:
        raise ValueError(word)

    for _ in range(2):
        with pytest.raises(ValueError, match="bir"):
            fail("bir")
    assert not fail
