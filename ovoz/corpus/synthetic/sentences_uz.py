"""Uzbek sentences of the service domains."""

from collections.abc import Callable
from typing import Final

from ovoz.corpus.synthetic import lexicon, uzbek
from ovoz.corpus.synthetic.grammar import SentenceSampler, join_parts
from ovoz.corpus.synthetic.uzbek import Case, Person

_PRONOUNS: Final = {
    Person.I: "men",
    Person.THOU: "sen",
    Person.HE: "u",
    Person.WE: "biz",
    Person.YOU: "siz",
    Person.THEY: "ular",
}
_PERSONS: Final = (Person.I, Person.I, Person.HE, Person.WE, Person.YOU, Person.THEY)


def sentence(draw: SentenceSampler) -> str:
    """One Uzbek sentence in canonical letters."""
    return draw.one(_TEMPLATES)(draw)


def subject(draw: SentenceSampler, person: Person) -> str:
    """A pronoun, or a person for the third one."""
    if person is Person.HE and draw.chance(0.7):
        if draw.chance(0.4):
            return uzbek.noun(draw.stem(lexicon.UZ_KIN), Case.NOMINATIVE, Person.I)
        return draw.stem(lexicon.UZ_PEOPLE)
    return draw.maybe(0.6, _PRONOUNS[person])


def thing(draw: SentenceSampler, case: Case) -> str:
    """A thing in ``case``, at times with a quality, a possessor or in the plural."""
    possessor = draw.one((Person.I, Person.YOU, Person.HE)) if draw.chance(0.35) else None
    plural = possessor is None and draw.chance(0.15)
    quality = draw.stem(lexicon.UZ_QUALITIES) if draw.chance(0.35) else ""
    form = uzbek.noun(draw.stem(lexicon.UZ_THINGS), case, possessor, plural=plural)
    return join_parts([quality, form])


def place(draw: SentenceSampler, case: Case) -> str:
    """A place in ``case``."""
    return uzbek.noun(draw.stem(lexicon.UZ_PLACES), case)


def number(draw: SentenceSampler) -> str:
    """A number in words."""
    return draw.pack.number_words(draw.number(), "uz")


def _did(draw: SentenceSampler) -> str:
    person = draw.one(_PERSONS)
    verb = uzbek.past(draw.stem(lexicon.UZ_TRANSITIVE), person, negative=draw.chance(0.25))
    when, what = draw.stem(lexicon.UZ_PAST_TIMES), thing(draw, Case.ACCUSATIVE)
    start = draw.shuffled([draw.maybe(0.7, when), subject(draw, person), what])
    return join_parts([start, verb])


def _will(draw: SentenceSampler) -> str:
    person = draw.one(_PERSONS)
    stem = draw.stem(lexicon.UZ_TRANSITIVE)
    verb = draw.one((uzbek.present, uzbek.present, uzbek.progressive))(stem, person)
    when, what = draw.stem(lexicon.UZ_FUTURE_TIMES), thing(draw, Case.ACCUSATIVE)
    start = draw.shuffled([draw.maybe(0.7, when), subject(draw, person), what])
    return join_parts([start, verb])


def _intends(draw: SentenceSampler) -> str:
    person = draw.one((Person.I, Person.WE, Person.HE))
    verb = uzbek.intention(draw.stem(lexicon.UZ_TRANSITIVE), person)
    return join_parts([subject(draw, person), thing(draw, Case.ACCUSATIVE), verb])


def _must(draw: SentenceSampler) -> str:
    verb = uzbek.verbal_noun(
        draw.stem(lexicon.UZ_TRANSITIVE), draw.one((Person.I, Person.YOU, None))
    )
    when = draw.maybe(0.4, draw.stem(lexicon.UZ_FUTURE_TIMES))
    return join_parts(
        [when, thing(draw, Case.ACCUSATIVE), verb, draw.one(("kerak", "mumkin", "shart"))]
    )


def _asks(draw: SentenceSampler) -> str:
    verb = uzbek.request(draw.stem(lexicon.UZ_TRANSITIVE))
    polite = draw.maybe(0.6, "iltimos")
    what = thing(draw, Case.ACCUSATIVE)
    return draw.one((join_parts([polite, what, verb]), join_parts([what, polite, verb])))


def _goes(draw: SentenceSampler) -> str:
    person = draw.one(_PERSONS)
    stem = draw.stem(lexicon.UZ_MOTION)
    towards = stem in {"bor", "kel", "qayt", "yetib kel"}
    where = place(draw, Case.DATIVE if towards else Case.ABLATIVE)
    by = draw.maybe(0.4, draw.stem(lexicon.UZ_VEHICLES) + " bilan")
    if draw.chance(0.5):
        when, verb = draw.stem(lexicon.UZ_PAST_TIMES), uzbek.past(stem, person)
    else:
        when, verb = draw.stem(lexicon.UZ_FUTURE_TIMES), uzbek.present(stem, person)
    start = draw.shuffled([draw.maybe(0.5, when), subject(draw, person), join_parts([by, where])])
    return join_parts([start, verb])


def _where(draw: SentenceSampler) -> str:
    if draw.chance(0.5):
        return join_parts(
            [place(draw, Case.NOMINATIVE), draw.one(("qayerda joylashgan", "qayerda"))]
        )
    return join_parts(
        [
            place(draw, Case.LOCATIVE),
            thing(draw, Case.NOMINATIVE),
            draw.one(("bormi", "bor", "yoʻq")),
        ]
    )


def _costs(draw: SentenceSampler) -> str:
    what = uzbek.noun(draw.stem(lexicon.UZ_THINGS))
    if draw.chance(0.3):
        return join_parts([what, draw.one(("narxi qancha", "qancha turadi", "necha soʻm"))])
    amount = join_parts([number(draw), draw.maybe(0.6, "ming"), draw.one(("soʻm", "dollar"))])
    return join_parts([draw.stem(lexicon.UZ_QUALITIES), what, "narxi", amount])


def _counts(draw: SentenceSampler) -> str:
    person = draw.one((Person.I, Person.WE, Person.HE))
    verb = uzbek.past(draw.stem(lexicon.UZ_TRANSITIVE), person)
    what = draw.stem(lexicon.UZ_THINGS)
    return join_parts([subject(draw, person), number(draw) + "ta", what, verb])


def _takes(draw: SentenceSampler) -> str:
    unit = draw.one(lexicon.UZ_TIME_UNITS)
    what = uzbek.noun(draw.stem(lexicon.UZ_THINGS), Case.NOMINATIVE, Person.HE)
    owner = uzbek.noun(draw.stem(lexicon.UZ_PEOPLE), Case.GENITIVE)
    end = draw.one(("keyin tayyor boʻladi", "ichida keladi"))
    link = "dan" if end.startswith("keyin") else ""
    return join_parts([owner, what, number(draw), unit + link, end])


def _if(draw: SentenceSampler) -> str:
    person = draw.one((Person.I, Person.YOU, Person.WE))
    condition = uzbek.conditional(
        draw.stem(lexicon.UZ_TRANSITIVE), person, negative=draw.chance(0.3)
    )
    result = draw.one(("yaxshi boʻladi", "pul qaytariladi", "muammo boʻlmaydi", "jarima toʻlaysiz"))
    return join_parts([draw.maybe(0.5, "agar"), thing(draw, Case.ACCUSATIVE), condition, result])


def _which(draw: SentenceSampler) -> str:
    verb = uzbek.participle(draw.stem(lexicon.UZ_TRANSITIVE))
    what = uzbek.noun(
        draw.stem(lexicon.UZ_THINGS), Case.NOMINATIVE, draw.one((Person.I, Person.YOU))
    )
    end = draw.one(("juda qulay ekan", "hali kelmadi", "ishlamayapti", "tayyor boʻldi"))
    return join_parts([_PRONOUNS[Person.HE] if draw.chance(0.2) else "", verb, what, end])


_TEMPLATES: Final[tuple[Callable[[SentenceSampler], str], ...]] = (
    _did,
    _did,
    _will,
    _will,
    _intends,
    _must,
    _asks,
    _goes,
    _goes,
    _where,
    _costs,
    _counts,
    _takes,
    _if,
    _which,
)
