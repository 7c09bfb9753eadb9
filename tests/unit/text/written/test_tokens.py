"""The alignment of written tokens with spoken words."""

import random

import pytest

from ovoz.text.written.tokens import TokenKind, WrittenForm, WrittenToken, as_spoken


def test_the_spoken_form_is_got_back_from_any_written_one() -> None:
    draw = random.Random(0)
    for _ in range(300):
        words = [f"soʻz{number}" for number in range(draw.randint(1, 20))]
        text = as_spoken(words)
        at = 0
        tokens = []
        while at < len(words):
            end = min(len(words), at + draw.randint(1, 4))
            if draw.random() < 0.5:
                tokens.append(WrittenToken("7", at, end, TokenKind.FIGURE))
            at = end
        written = text.replace(tokens)
        assert written.spoken == " ".join(words)
        assert [token for token in written.tokens if token.kind is TokenKind.FIGURE] == tokens


@pytest.mark.parametrize(
    "tokens",
    [
        [WrittenToken("bir", 0, 1)],
        [WrittenToken("bir", 0, 1), WrittenToken("bir", 0, 2)],
        [WrittenToken("bir", 1, 2)],
        [WrittenToken("bir", 0, 3)],
        [WrittenToken("bir", 0, 0), WrittenToken("bir", 0, 2)],
    ],
)
def test_tokens_that_leave_out_or_repeat_a_word_are_refused(tokens: list[WrittenToken]) -> None:
    with pytest.raises(ValueError, match="word"):
        WrittenForm(("bir", "ikki"), tuple(tokens))


def test_a_token_does_not_cut_another_one() -> None:
    text = as_spoken(["bir", "ikki", "uch"]).replace([WrittenToken("1 2", 0, 2)])
    with pytest.raises(ValueError, match="word"):
        text.replace([WrittenToken("2 3", 1, 3)])
