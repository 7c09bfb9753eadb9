"""Uzbek inflection against forms written by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovoz.corpus.synthetic import lexicon, uzbek
from ovoz.corpus.synthetic.uzbek import Case, Person


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        (uzbek.noun("bank", Case.DATIVE), "bankka"),
        (uzbek.noun("soliq", Case.DATIVE), "soliqqa"),
        (uzbek.noun("uy", Case.DATIVE), "uyga"),
        (uzbek.noun("ombor", Case.ABLATIVE, plural=True), "omborlardan"),
        (uzbek.noun("karta", Case.ACCUSATIVE, Person.HE), "kartasini"),
        (uzbek.noun("soliq", Case.NOMINATIVE, Person.I), "soligʻim"),
        (uzbek.noun("chek", Case.NOMINATIVE, Person.I), "chekim"),
        (uzbek.noun("shahar", Case.DATIVE, Person.WE), "shahrimizga"),
        (uzbek.noun("maʼlumotnoma", Case.GENITIVE, Person.YOU), "maʼlumotnomangizning"),
        (uzbek.past("toʻla", Person.WE), "toʻladik"),
        (uzbek.past("kel", Person.YOU, negative=True), "kelmadingiz"),
        (uzbek.present("ol", Person.I), "olaman"),
        (uzbek.present("oʻqi", Person.THEY), "oʻqiydilar"),
        (uzbek.present("kel", Person.WE, negative=True), "kelmaymiz"),
        (uzbek.progressive("tekshir", Person.HE), "tekshiryapti"),
        (uzbek.conditional("sot", Person.I), "sotsam"),
        (uzbek.intention("sotib ol", Person.HE), "sotib olmoqchi"),
        (uzbek.intention("bor", Person.I), "bormoqchiman"),
        (uzbek.request("toʻla"), "toʻlang"),
        (uzbek.request("yubor"), "yuboring"),
        (uzbek.verbal_noun("toʻla", Person.I), "toʻlashim"),
        (uzbek.verbal_noun("ol"), "olish"),
        (uzbek.participle("chiq"), "chiqqan"),
        (uzbek.participle("tek"), "tekkan"),
        (uzbek.participle("kel"), "kelgan"),
    ],
)
def test_form(form: str, expected: str) -> None:
    assert form == expected


@given(
    st.sampled_from(lexicon.UZ_THINGS + lexicon.UZ_PLACES),
    st.sampled_from(list(Case)),
    st.sampled_from([None, *Person]),
    st.booleans(),
)
def test_noun_is_one_latin_word_with_its_ending(stem, case, possessor, plural) -> None:
    form = uzbek.noun(stem, case, possessor, plural=plural)
    assert " " not in form
    assert form.endswith((case.value, "ka", "qa"))
    assert not form.endswith(("kga", "qga"))
    assert ("lar" in form) or not plural
