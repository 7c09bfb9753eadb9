"""Every string is in every language; Uzbek in Cyrillic says the same as in Latin."""

import re
from string import Formatter

import pytest

from collector.recording.checks import Refusal
from collector.texts.catalogue import (
    Tongue,
    current_consent,
    guess_tongue,
    load_consents,
    load_strings,
    say,
)
from ovoz.text.transliteration import to_cyrillic

KEPT = re.compile(r"\{\w+\}|/\w+|\bCC[\w.-]+|\bTelegram\b|\bInternal\b")


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("key", load_strings())
def test_a_string_is_in_every_language_with_the_same_values(key: str) -> None:
    forms = load_strings()[key]
    assert set(forms) == set(Tongue)
    assert all(text.strip() for text in forms.values())
    assert len({frozenset(fields(text)) for text in forms.values()}) == 1


def assert_transliterated(latin: str, cyrillic: str) -> None:
    assert KEPT.findall(latin) == KEPT.findall(cyrillic)
    for part, other in zip(KEPT.split(latin), KEPT.split(cyrillic), strict=True):
        assert other.lower() == to_cyrillic(part)
        assert not re.search("[A-Za-z]", other)


@pytest.mark.parametrize("key", load_strings())
def test_cyrillic_is_the_transliteration_of_latin(key: str) -> None:
    forms = load_strings()[key]
    assert_transliterated(forms[Tongue.UZBEK], forms[Tongue.UZBEK_CYRILLIC])


@pytest.mark.parametrize("version", load_consents())
def test_consent_texts_are_whole(version: str) -> None:
    consent = load_consents()[version]
    assert set(consent.text) == set(Tongue)
    assert_transliterated(consent.text[Tongue.UZBEK], consent.text[Tongue.UZBEK_CYRILLIC])
    for text in consent.text.values():
        assert "/forget" in text and "/mydata" in text and "18" in text
        assert len(text) < 4096  # what Telegram takes in one message
    assert current_consent() == list(load_consents().values())[-1]


@pytest.mark.parametrize("refusal", Refusal)
def test_every_refusal_has_its_words(refusal: Refusal) -> None:
    assert say(f"refused_{refusal}", Tongue.ENGLISH)


def test_a_language_is_guessed() -> None:
    assert guess_tongue("ru-RU") is Tongue.RUSSIAN
    assert guess_tongue("en") is Tongue.ENGLISH
    assert guess_tongue("kk") is guess_tongue(None) is Tongue.UZBEK
