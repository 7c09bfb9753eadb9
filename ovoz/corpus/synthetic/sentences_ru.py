"""Russian sentences of the service domains."""

from collections.abc import Callable
from typing import Final

from ovoz.corpus.synthetic import lexicon, russian
from ovoz.corpus.synthetic.grammar import SentenceSampler, join_parts

_ON_PLACES: Final = frozenset({"касса", "склад", "остановка", "вокзал", "рынок", "улица", "завод"})
"""Places that one is ``на``, not ``в``."""

_INFORMAL_SUBJECTS: Final = ("я", "мы", "вы", "они")


def sentence(draw: SentenceSampler) -> str:
    """One Russian sentence in canonical letters."""
    return draw.one(_TEMPLATES)(draw)


def thing(draw: SentenceSampler, case: russian.Case) -> str:
    """A thing in ``case``, at times with an agreeing quality or in the plural."""
    noun = draw.stem(lexicon.RU_THINGS)
    plural = draw.chance(0.15) and noun not in {"интернет", "баланс", "пароль", "одежда"}
    quality = ""
    if draw.chance(0.35):
        quality = russian.adjective(draw.stem(lexicon.RU_QUALITIES), noun, case, plural=plural)
    return join_parts([quality, russian.noun(noun, case, plural=plural)])


def at(draw: SentenceSampler) -> str:
    """At a place: в банке, на складе."""
    place = draw.stem(lexicon.RU_PLACES)
    preposition = "на" if place in _ON_PLACES else "в"
    return join_parts([preposition, russian.noun(place, "loct")])


def towards(draw: SentenceSampler) -> str:
    """To a place: в банк, на склад."""
    place = draw.stem(lexicon.RU_PLACES)
    preposition = "на" if place in _ON_PLACES else "в"
    return join_parts([preposition, russian.noun(place, "accs")])


def number(draw: SentenceSampler) -> tuple[int, str]:
    """A number and its words."""
    value = draw.number()
    return value, draw.pack.number_words(value, "ru")


def _did(draw: SentenceSampler) -> str:
    who, verb = _who_did(draw, draw.stem(lexicon.RU_TRANSITIVE))
    when = draw.maybe(0.7, draw.stem(lexicon.RU_PAST_TIMES))
    negation = draw.maybe(0.2, "не")
    what = thing(draw, "accs")
    action = join_parts([negation, verb])
    return draw.one(
        (
            join_parts([when, who, action, what]),
            join_parts([who, when, action, what]),
            join_parts([who, action, what, when]),
            join_parts([what, who, action, when]),
        )
    )


def _who_did(draw: SentenceSampler, verb: str) -> tuple[str, str]:
    """A subject with the past form that agrees with it."""
    if draw.chance(0.5):
        subject = draw.stem(lexicon.RU_PEOPLE)
        return subject, russian.past(verb, subject)
    subject = draw.one(_INFORMAL_SUBJECTS)
    if subject == "я":
        return subject, russian.past(verb, draw.one(("брат", "сестра")))
    return subject, russian.past(verb, plural=True)


def _will(draw: SentenceSampler) -> str:
    who, verb = _who_will(draw, draw.stem(lexicon.RU_TRANSITIVE))
    when = draw.maybe(0.7, draw.stem(lexicon.RU_FUTURE_TIMES))
    what = thing(draw, "accs")
    return draw.one(
        (
            join_parts([when, who, verb, what]),
            join_parts([who, when, verb, what]),
            join_parts([who, verb, what, when]),
        )
    )


def _who_will(draw: SentenceSampler, verb: str) -> tuple[str, str]:
    """A subject with the future form that agrees with it."""
    if draw.chance(0.4):
        return draw.stem(lexicon.RU_PEOPLE), russian.future(verb, "3sg")
    subject, person = draw.one(_FUTURE_SUBJECTS)
    return subject, russian.future(verb, person)


_FUTURE_SUBJECTS: Final[tuple[tuple[str, russian.Person], ...]] = (
    ("я", "1sg"),
    ("мы", "1pl"),
    ("вы", "2pl"),
    ("они", "3pl"),
)


def _wants(draw: SentenceSampler) -> str:
    wish = draw.one(
        ("я хочу", "мне надо", "нам нужно", "можно", "вы можете", "как можно", "я не могу")
    )
    return join_parts([wish, draw.stem(lexicon.RU_TRANSITIVE), thing(draw, "accs")])


def _asks(draw: SentenceSampler) -> str:
    verb = russian.request(draw.stem(lexicon.RU_TRANSITIVE))
    polite, what = draw.maybe(0.6, "пожалуйста"), thing(draw, "accs")
    return draw.one(
        (
            join_parts([verb, polite, what]),
            join_parts([polite, verb, what]),
            join_parts([verb, what, polite]),
        )
    )


def _goes(draw: SentenceSampler) -> str:
    verb = draw.stem(lexicon.RU_MOTION)
    by = ""
    if draw.chance(0.35):
        by = "на " + russian.noun(draw.stem(lexicon.RU_VEHICLES), "loct")
    if draw.chance(0.5):
        who, form = _who_did(draw, verb)
        when = draw.stem(lexicon.RU_PAST_TIMES)
    else:
        who, form = _who_will(draw, verb)
        when = draw.stem(lexicon.RU_FUTURE_TIMES)
    when = draw.maybe(0.6, when)
    return draw.one(
        (
            join_parts([when, who, form, towards(draw), by]),
            join_parts([who, when, form, by, towards(draw)]),
        )
    )


def _where(draw: SentenceSampler) -> str:
    if draw.chance(0.5):
        return join_parts([draw.one(("где находится", "где здесь")), draw.stem(lexicon.RU_PLACES)])
    noun = draw.stem(lexicon.RU_THINGS)
    return join_parts([at(draw), draw.one(("есть", "уже есть")), noun])


def _needs(draw: SentenceSampler) -> str:
    noun = draw.stem(lexicon.RU_THINGS)
    whom = draw.one(("мне", "нам", "вам", "клиенту", "ему"))
    quality = draw.maybe(0.5, russian.adjective(draw.stem(lexicon.RU_QUALITIES), noun))
    return join_parts([whom, draw.maybe(0.3, "сейчас"), russian.needed(noun), quality, noun])


def _costs(draw: SentenceSampler) -> str:
    noun = draw.stem(lexicon.RU_THINGS)
    if draw.chance(0.3):
        return join_parts(
            ["сколько стоит", russian.adjective(draw.stem(lexicon.RU_QUALITIES), noun), noun]
        )
    value, words = number(draw)
    return join_parts([noun, "стоит", words, russian.counted("доллар", value)])


def _counts(draw: SentenceSampler) -> str:
    who, verb = _who_did(draw, draw.stem(lexicon.RU_TRANSITIVE))
    value, words = number(draw)
    return join_parts([who, verb, words, russian.counted(draw.stem(_COUNTED), value)])


_COUNTED: Final = lexicon.stems(
    "кредит платёж договор вклад чек перевод код пароль заказ товар документ паспорт налог штраф "
    "билет тариф номер телефон пакет модем адрес отчёт подарок"
)
"""Masculine nouns: one and two agree with them as the number's words say."""


def _ready(draw: SentenceSampler) -> str:
    value, words = number(draw)
    unit = draw.one(lexicon.RU_TIME_UNITS)
    noun = draw.stem(lexicon.RU_THINGS)
    return join_parts(
        [
            noun,
            "будет готов" if russian.gender(noun) == "masc" else "ожидается",
            "через",
            words,
            russian.counted(unit, value),
        ]
    )


def _whose(draw: SentenceSampler) -> str:
    owner = russian.noun(draw.stem(lexicon.RU_PEOPLE), "gent")
    return join_parts([at(draw), "нет", russian.noun(draw.stem(lexicon.RU_THINGS), "gent"), owner])


def _about(draw: SentenceSampler) -> str:
    person = russian.noun(draw.stem(lexicon.RU_PEOPLE), "ablt")
    thing_about = russian.noun(draw.stem(lexicon.RU_THINGS), "loct")
    about = "об" if thing_about[0] in "аиоуэ" else "о"
    return join_parts(
        [draw.one(("я говорил с", "поговорите с", "мы договорились с")), person, about, thing_about]
    )


_TEMPLATES: Final[tuple[Callable[[SentenceSampler], str], ...]] = (
    _did,
    _did,
    _will,
    _will,
    _wants,
    _wants,
    _asks,
    _goes,
    _where,
    _needs,
    _costs,
    _counts,
    _ready,
    _whose,
    _about,
)
