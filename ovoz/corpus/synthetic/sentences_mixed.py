"""Code-switched sentences, the way Tashkent speaks.

Three kinds: an Uzbek sentence around Russian nouns with Uzbek endings (заказni), a Russian
infinitive made a predicate by ``qil`` (отменить qildim), and clauses of both languages joined.
"""

from collections.abc import Callable
from typing import Final

from ovoz.corpus.synthetic import lexicon, russian, sentences_uz, uzbek
from ovoz.corpus.synthetic.grammar import SentenceSampler, join_parts
from ovoz.corpus.synthetic.uzbek import Case, Person

_VOWELS: Final = tuple("аеёиоуыэюя")
_POSSESSIVE: Final = {Person.I: ("im", "m"), Person.YOU: ("ingiz", "ngiz"), Person.HE: ("i", "si")}


def sentence(draw: SentenceSampler) -> str:
    """One mixed sentence in canonical letters."""
    return draw.one(_TEMPLATES)(draw)


def suffixed(
    stem: str, case: Case, possessor: Person | None = None, *, plural: bool = False
) -> str:
    """A Russian stem with Uzbek endings: заказni, картамga is never written, картаmga is."""
    form = stem.removesuffix("ь")
    if plural:
        form += "lar"
    if possessor is not None:
        after_consonant, after_vowel = _POSSESSIVE[possessor]
        form += after_vowel if form.endswith(_VOWELS) else after_consonant
    if case is Case.DATIVE and form.endswith("к"):
        return form + "ka"
    return form + case.value


def _noun(draw: SentenceSampler, case: Case) -> str:
    possessor = draw.one((Person.I, Person.YOU, Person.HE)) if draw.chance(0.3) else None
    plural = possessor is None and draw.chance(0.15)
    return suffixed(draw.stem(lexicon.MIXED_STEMS), case, possessor, plural=plural)


def _suffixed_object(draw: SentenceSampler) -> str:
    person = draw.one((Person.I, Person.HE, Person.WE, Person.YOU))
    what = _noun(draw, Case.ACCUSATIVE)
    when = draw.stem(lexicon.UZ_PAST_TIMES)
    verb = uzbek.past(draw.stem(lexicon.UZ_TRANSITIVE), person, negative=draw.chance(0.2))
    start = draw.shuffled([draw.maybe(0.6, when), sentences_uz.subject(draw, person), what])
    return join_parts([start, verb])


def _suffixed_place(draw: SentenceSampler) -> str:
    where = suffixed(
        draw.stem(("офис", "магазин", "склад", "банк", "касса", "филиал")),
        draw.one((Case.DATIVE, Case.LOCATIVE)),
    )
    if where.endswith("da"):
        return join_parts(
            [where, sentences_uz.thing(draw, Case.NOMINATIVE), draw.one(("bor", "yoʻq", "bormi"))]
        )
    person = draw.one((Person.I, Person.WE, Person.HE))
    when = draw.maybe(0.6, draw.stem(lexicon.UZ_FUTURE_TIMES))
    start = draw.shuffled([when, sentences_uz.subject(draw, person), where])
    return join_parts([start, uzbek.present(draw.one(("bor", "kel")), person)])


def _predicate(draw: SentenceSampler) -> str:
    person = draw.one((Person.I, Person.WE, Person.YOU, Person.HE))
    infinitive = draw.stem(lexicon.MIXED_INFINITIVES)
    what = (
        _noun(draw, Case.ACCUSATIVE)
        if draw.chance(0.6)
        else sentences_uz.thing(draw, Case.ACCUSATIVE)
    )
    form = draw.one(
        (
            uzbek.past("qil", person),
            uzbek.present("qil", person),
            uzbek.verbal_noun("qil", None) + " kerak",
            uzbek.request("qil"),
        )
    )
    return join_parts([draw.maybe(0.4, draw.stem(lexicon.UZ_TIMES)), what, infinitive, form])


def _russian_first(draw: SentenceSampler) -> str:
    start = join_parts(
        [
            draw.maybe(
                0.5, draw.one(("здравствуйте", "извините", "слушайте", "скажите пожалуйста"))
            ),
            _short_russian(draw),
        ]
    )
    return join_parts([start, draw.one(lexicon.UZ_JOINTS), _short_uzbek(draw)])


def _uzbek_first(draw: SentenceSampler) -> str:
    return join_parts([_short_uzbek(draw), draw.one(lexicon.RU_JOINTS), _short_russian(draw)])


def _russian_phrase(draw: SentenceSampler) -> str:
    noun = draw.stem(lexicon.RU_THINGS)
    phrase = join_parts([russian.adjective(draw.stem(lexicon.RU_QUALITIES), noun), noun])
    person = draw.one((Person.I, Person.WE))
    end = draw.one(("kerak", "kerak boʻldi", "keldi", "qancha turadi", "bormi", "ishlamayapti"))
    who = {Person.I: "menga", Person.WE: "bizga"}[person] if end.startswith("kerak") else ""
    return join_parts([who, draw.maybe(0.3, draw.stem(lexicon.UZ_TIMES)), phrase, end])


def _short_russian(draw: SentenceSampler) -> str:
    if draw.chance(0.4):
        return join_parts(
            [
                draw.one(("мне надо", "я хочу", "можно")),
                draw.stem(lexicon.RU_TRANSITIVE),
                russian.noun(draw.stem(lexicon.RU_THINGS), "accs"),
            ]
        )
    subject = draw.stem(lexicon.RU_PEOPLE)
    verb = russian.past(draw.stem(lexicon.RU_TRANSITIVE), subject)
    return join_parts([subject, verb, russian.noun(draw.stem(lexicon.RU_THINGS), "accs")])


def _short_uzbek(draw: SentenceSampler) -> str:
    person = draw.one((Person.I, Person.HE, Person.WE))
    verb = uzbek.past(draw.stem(lexicon.UZ_TRANSITIVE), person, negative=draw.chance(0.3))
    what = uzbek.noun(draw.stem(lexicon.UZ_THINGS), Case.ACCUSATIVE)
    return join_parts([sentences_uz.subject(draw, person), what, verb])


_TEMPLATES: Final[tuple[Callable[[SentenceSampler], str], ...]] = (
    _suffixed_object,
    _suffixed_object,
    _suffixed_place,
    _predicate,
    _predicate,
    _russian_first,
    _uzbek_first,
    _russian_phrase,
)
