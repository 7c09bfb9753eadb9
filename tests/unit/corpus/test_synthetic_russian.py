"""Russian agreement against forms written by hand."""

import pytest

from ovoz.corpus.synthetic import lexicon, russian


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        (russian.noun("счёт", "gent"), "счёта"),
        (russian.noun("квитанция", "accs"), "квитанцию"),
        (russian.adjective("новый", "карта", "accs"), "новую"),
        (russian.adjective("новый", "заказ", "accs"), "новый"),
        (russian.adjective("новый", "курьер", "accs"), "нового"),
        (russian.past("привезти", "мама"), "привезла"),
        (russian.past("оплатить", plural=True), "оплатили"),
        (russian.future("отправить", "1sg"), "отправлю"),
        (russian.request("проверить"), "проверьте"),
        (russian.needed("приложение"), "нужно"),
        (russian.counted("заказ", 1), "заказ"),
        (russian.counted("заказ", 22), "заказа"),
        (russian.counted("заказ", 11), "заказов"),
        (russian.counted("день", 5), "дней"),
    ],
)
def test_form(form: str, expected: str) -> None:
    assert form == expected


def test_unknown_word_is_named() -> None:
    with pytest.raises(ValueError, match="is not known"):
        russian.noun("быстро")


def test_every_stem_of_the_lexicon_inflects() -> None:
    nouns = lexicon.RU_THINGS + lexicon.RU_PLACES + lexicon.RU_VEHICLES + lexicon.RU_PEOPLE
    for noun in nouns:
        assert russian.noun(noun, "accs")
        assert russian.noun(noun, "loct")
        assert russian.needed(noun)
    for verb in lexicon.RU_TRANSITIVE + lexicon.RU_MOTION:
        assert russian.past(verb, plural=True)
        assert russian.future(verb, "3sg")
    for verb in lexicon.RU_TRANSITIVE:
        assert russian.request(verb)
